import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { StoredCheckpoint } from '../../lib/verification/checkpoints/checkpoint-store.port.js';
import type { StoredTile } from '../../lib/verification/tiles/tile-store.port.js';
import { appendTo, events, sealOn, stateOf } from '../support/log-writer.js';
import type { Place, StorageKind } from './storages.js';

const AT = '2026-11-21T20:44:00.123456Z';

function checkpoint(size: number, changes: Partial<StoredCheckpoint> = {}): StoredCheckpoint {
  const note = `example.com/log\n${size}\nAAAA\n\n— example.com/log ${'A'.repeat(92)}\n`;
  return { size, root: String(size).padStart(64, '0'), note, createdAt: AT, anchoredAt: null, ...changes };
}

function tile(level: number, index: number): StoredTile {
  return { level, index, hashes: Buffer.alloc(8192, index), root: String(index).padStart(64, '0') };
}

/** What every store of checkpoints and tiles does. */
export function describeStores({ create }: StorageKind): void {
  let place: Place;
  let storage: AuditStorage;
  beforeEach(async () => {
    place = await create();
    storage = await place.open();
  });
  afterEach(() => place.drop());

  it('keeps the first checkpoint of each size, byte for byte', async () => {
    const { checkpoints } = storage;
    expect(await checkpoints.latest()).toBeNull();
    expect(await checkpoints.latestAnchored()).toBeNull();
    expect(await checkpoints.insert(checkpoint(9))).toBe(true);
    expect(await checkpoints.insert(checkpoint(9, { note: 'another' }))).toBe(false);
    expect(await checkpoints.read(9)).toEqual(checkpoint(9));
    expect(await checkpoints.read(8)).toBeNull();
  });

  it('lists by size, as numbers', async () => {
    const { checkpoints } = storage;
    for (const size of [100, 9, 0, 4_294_967_301, 10]) await checkpoints.insert(checkpoint(size));
    const sizes = (found: readonly StoredCheckpoint[]) => found.map(({ size }) => size);
    expect((await checkpoints.latest())?.size).toBe(4_294_967_301);
    expect(sizes(await checkpoints.list({ limit: 9 }))).toEqual([0, 9, 10, 100, 4_294_967_301]);
    expect(sizes(await checkpoints.list({ from: 9, to: 100, limit: 2 }))).toEqual([9, 10]);
    expect(sizes(await checkpoints.list({ to: 100, direction: 'descending', limit: 3 }))).toEqual([100, 10, 9]);
  });

  it('knows which of them are anchored, and since when', async () => {
    const { checkpoints } = storage;
    for (const size of [3, 5, 8]) await checkpoints.insert(checkpoint(size));
    await checkpoints.markAnchored(5, AT);
    await checkpoints.markAnchored(5, '2027-01-01T00:00:00.000000Z');
    await checkpoints.markAnchored(77, AT);
    expect(await checkpoints.read(5)).toEqual(checkpoint(5, { anchoredAt: AT }));
    expect((await checkpoints.listUnanchored(9)).map(({ size }) => size)).toEqual([3, 8]);
    expect((await checkpoints.listUnanchored(1)).map(({ size }) => size)).toEqual([3]);
    expect((await checkpoints.latestAnchored())?.size).toBe(5);
  });

  it('names the log, and no append takes the name away', async () => {
    await appendTo(storage.ledger, events('a', 2));
    const head = await storage.ledger.readHead();
    await storage.checkpoints.nameLog('example.com/log');
    expect(await storage.ledger.readHead()).toEqual({ ...head, origin: 'example.com/log' });
    const other = await place.open();
    await appendTo(other.ledger, events('b', 2));
    await storage.ledger.appendLocked([], () => null);
    expect((await storage.ledger.readHead()).origin).toBe('example.com/log');
  });

  it('does not let an append that began before take the name away', async () => {
    const batch = sealOn(await stateOf(storage.ledger), events('a', 2));
    await storage.checkpoints.nameLog('example.com/log');
    expect(await storage.ledger.append(batch)).toBe(true);
    expect(await storage.ledger.readHead()).toMatchObject({ size: 2, origin: 'example.com/log' });
  });

  it('keeps the first tile of each place', async () => {
    const { tiles } = storage;
    expect(await tiles.count(0)).toBe(0);
    await tiles.insert([]);
    await tiles.insert(Array.from({ length: 70 }, (_, index) => tile(0, index)));
    await tiles.insert([{ ...tile(0, 3), hashes: Buffer.alloc(8192, 99) }, tile(1, 0)]);
    expect(await tiles.count(0)).toBe(70);
    expect(await tiles.count(1)).toBe(1);
    expect(await tiles.count(2)).toBe(0);
    const read = await tiles.read(0, 3);
    expect(Buffer.from(read!.hashes).equals(Buffer.alloc(8192, 3))).toBe(true);
    expect(read).toMatchObject({ level: 0, index: 3, root: tile(0, 3).root });
    expect(await tiles.read(0, 70)).toBeNull();
    expect(await tiles.readRoots(0, 68, 75)).toEqual([tile(0, 68).root, tile(0, 69).root]);
  });
}
