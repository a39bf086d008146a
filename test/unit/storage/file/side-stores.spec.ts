import { appendFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredCheckpoint } from '../../../../lib/verification/checkpoints/checkpoint-store.port.js';
import { TileKeeper } from '../../../../lib/verification/tiles/tile-keeper.js';
import { foldHashes } from '../../../../lib/verification/tiles/tile-node-source.js';
import type { FileStorage } from '../../../../lib/storage/file/file-storage.js';
import { MemoryTileStore } from '../../../../lib/storage/memory/tile.memory-store.js';
import { freshLogFolder } from '../../../support/log-files.js';
import type { LogFolder } from '../../../support/log-files.js';
import { appendTo, events } from '../../../support/log-writer.js';

const at = (n: number) => `2026-11-21T20:44:00.${String(n).padStart(6, '0')}Z`;
const checkpoint = (size: number, more: Partial<StoredCheckpoint> = {}): StoredCheckpoint => ({
  size,
  root: size.toString(16).padStart(64, '0'),
  note: `example.com/log\n${size}\nAAAA\n\n— example.com/log "x"\n`,
  createdAt: at(size),
  anchoredAt: null,
  ...more,
});

describe('beside a log in files', () => {
  let place: LogFolder;
  let storage: FileStorage;

  beforeEach(async () => {
    place = freshLogFolder();
    storage = await place.open();
  });
  afterEach(() => place.drop());

  const restart = async (options = {}) => {
    await storage.close();
    storage = await place.open(options);
  };

  describe('checkpoints', () => {
    const file = () => `${place.path}.checkpoints`;

    it('are kept, found and listed', async () => {
      const sizes = [3, 10, 11, 500, 1000];
      for (const size of sizes) expect(await storage.checkpoints.insert(checkpoint(size))).toBe(true);
      expect(await storage.checkpoints.insert(checkpoint(10, { note: 'another' }))).toBe(false);
      for (let round = 0; round < 2; round++) {
        const { checkpoints } = storage;
        expect(await checkpoints.read(500)).toEqual(checkpoint(500));
        expect(await checkpoints.read(501)).toBeNull();
        expect(await checkpoints.latest()).toEqual(checkpoint(1000));
        expect(await checkpoints.latestAnchored()).toBeNull();
        expect(await checkpoints.list({ limit: 100 })).toEqual(sizes.map((size) => checkpoint(size)));
        const some = await checkpoints.list({ from: 10, to: 999, limit: 2 });
        expect(some.map(({ size }) => size)).toEqual([10, 11]);
        const last = await checkpoints.list({ to: 999, direction: 'descending', limit: 2 });
        expect(last.map(({ size }) => size)).toEqual([500, 11]);
        expect(await checkpoints.list({ from: 2000, limit: 5 })).toEqual([]);
        expect(await checkpoints.list({ limit: 0 })).toEqual([]);
        await restart(round === 0 ? { readOnly: true } : {});
      }
    });

    it('are none at first', async () => {
      const { checkpoints } = storage;
      expect([await checkpoints.latest(), await checkpoints.latestAnchored(), await checkpoints.read(0)]).toEqual([
        null,
        null,
        null,
      ]);
      expect(await checkpoints.list({ direction: 'descending', limit: 9 })).toEqual([]);
      expect(await checkpoints.listUnanchored(9)).toEqual([]);
      expect(existsSync(file())).toBe(false);
    });

    it('take the time of anchoring in place, once', async () => {
      for (const size of [1, 2, 3]) await storage.checkpoints.insert(checkpoint(size));
      const bytes = statSync(file()).size;
      await storage.checkpoints.markAnchored(2, at(77));
      await storage.checkpoints.markAnchored(2, at(78));
      await storage.checkpoints.markAnchored(9, at(79));
      expect(statSync(file()).size).toBe(bytes);
      for (let round = 0; round < 2; round++) {
        expect(await storage.checkpoints.read(2)).toEqual(checkpoint(2, { anchoredAt: at(77) }));
        expect(await storage.checkpoints.latestAnchored()).toEqual(checkpoint(2, { anchoredAt: at(77) }));
        expect((await storage.checkpoints.listUnanchored(9)).map(({ size }) => size)).toEqual([1, 3]);
        expect((await storage.checkpoints.listUnanchored(1)).map(({ size }) => size)).toEqual([1]);
        await restart();
      }
      await storage.checkpoints.markAnchored(3, at(80));
      expect(await storage.checkpoints.latest()).toEqual(checkpoint(3, { anchoredAt: at(80) }));
      await expect(storage.checkpoints.markAnchored(1, '2026-11-21')).rejects.toThrow(RangeError);
    });

    it('may come in any order', async () => {
      for (const size of [5, 3, 9, 7]) await storage.checkpoints.insert(checkpoint(size, { anchoredAt: at(size) }));
      expect(await storage.checkpoints.insert(checkpoint(3))).toBe(false);
      expect((await storage.checkpoints.list({ limit: 9 })).map(({ size }) => size)).toEqual([3, 5, 7, 9]);
      expect((await storage.checkpoints.latestAnchored())?.size).toBe(9);
    });

    it('survive a line that was cut off, or spoilt', async () => {
      for (const size of [1, 2, 3]) await storage.checkpoints.insert(checkpoint(size));
      truncateSync(file(), statSync(file()).size - 9);
      expect((await storage.checkpoints.latest())?.size).toBe(2);
      expect(await storage.checkpoints.insert(checkpoint(4))).toBe(true);
      const text = readFileSync(file(), 'utf8');
      expect(
        text
          .trimEnd()
          .split('\n')
          .map((line) => (JSON.parse(line) as StoredCheckpoint).size),
      ).toEqual([1, 2, 4]);
      writeFileSync(file(), text.replace('"size":2', '"size":x'));
      expect((await storage.checkpoints.list({ limit: 9 })).map(({ size }) => size)).toEqual([1, 4]);
    });

    it('stay findable when there are many of them', async () => {
      const lines = Array.from({ length: 1200 }, (_, n) => checkpoint(n * 10, { anchoredAt: at(1) }));
      for (const one of lines) await storage.checkpoints.insert(one);
      for (const n of [0, 1, 599, 1198, 1199]) expect(await storage.checkpoints.read(n * 10)).toEqual(lines[n]);
      const page = await storage.checkpoints.list({ from: 5_000, to: 11_000, direction: 'descending', limit: 1000 });
      expect(page).toEqual(lines.slice(500, 1101).reverse());
    }, 60_000);

    it('name the log in its head, for good', async () => {
      await appendTo(storage.ledger, events('a', 2));
      await storage.checkpoints.nameLog('example.com/log');
      await appendTo(storage.ledger, events('b', 2));
      expect((await storage.ledger.readHead()).origin).toBe('example.com/log');
      await restart({ readOnly: true });
      expect((await storage.ledger.readHead()).origin).toBe('example.com/log');
      await expect(storage.checkpoints.nameLog('x')).rejects.toMatchObject({ reason: 'refused' });
    });
  });

  describe('tiles', () => {
    it('are made as the log grows, and the same as in memory', async () => {
      for (let n = 0; n < 6; n++) await appendTo(storage.ledger, events(`e${n}`, 100));
      const memory = new MemoryTileStore();
      await new TileKeeper(storage.ledger, storage.tiles).catchUp();
      await new TileKeeper(storage.ledger, memory).catchUp();
      for (let round = 0; round < 2; round++) {
        expect(await storage.tiles.count(0)).toBe(2);
        expect(await storage.tiles.count(1)).toBe(0);
        for (const index of [0, 1, 2]) {
          const [found, expected] = [await storage.tiles.read(0, index), await memory.read(0, index)];
          expect(found && { ...found, hashes: Buffer.from(found.hashes) }).toEqual(expected);
        }
        expect(await storage.tiles.readRoots(0, 0, 5)).toEqual(await memory.readRoots(0, 0, 5));
        await restart();
      }
    });

    it('that a crash cut off, or that never came, are not there and can be put there', async () => {
      const tileOf = (index: number) => {
        const hashes = Buffer.alloc(8192, index + 1);
        return { level: 1, index, hashes, root: foldHashes(hashes).toString('hex') };
      };
      await storage.tiles.insert([tileOf(0), tileOf(3)]);
      expect(await storage.tiles.count(1)).toBe(4);
      expect(await storage.tiles.read(1, 1)).toBeNull();
      expect(await storage.tiles.readRoots(1, 0, 4)).toEqual([tileOf(0).root, tileOf(3).root]);
      const file = join(`${place.path}.tiles`, '1');
      truncateSync(file, statSync(file).size - 5);
      expect([await storage.tiles.count(1), await storage.tiles.read(1, 3)]).toEqual([3, null]);
      await storage.tiles.insert([tileOf(1), tileOf(3)]);
      expect((await storage.tiles.read(1, 3))?.root).toBe(tileOf(3).root);
      // What is there stays.
      await storage.tiles.insert([{ ...tileOf(7), index: 0 }]);
      expect((await storage.tiles.read(1, 0))?.root).toBe(tileOf(0).root);
    });

    it('are not written by who only reads', async () => {
      await appendTo(storage.ledger, events('e', 300));
      await restart({ readOnly: true });
      const keeper = new TileKeeper(storage.ledger, storage.tiles);
      expect((await keeper.readTile(0, 0, 256)).length).toBe(8192);
      expect(existsSync(`${place.path}.tiles`)).toBe(false);
    });
  });

  it('leases outlive the process, and a spoilt file of them is an empty one', async () => {
    await storage.leases.acquire('boot:1', 'me', 60_000);
    await restart();
    expect(await storage.leases.list('boot:')).toMatchObject([{ name: 'boot:1', holder: 'me' }]);
    for (const text of ['', '{', 'null', '[{"name":1}]']) {
      writeFileSync(`${place.path}.leases`, text);
      expect(await storage.leases.list('')).toEqual([]);
    }
    expect(await storage.leases.acquire('boot:2', 'me', 60_000)).toBe(true);
  });

  it('states outlive the process', async () => {
    expect(await storage.states.read('verifier')).toBeNull();
    await Promise.all([storage.states.write('verifier', 'a\n"b"'), storage.states.write('__proto__', 'x')]);
    await storage.states.write('verifier', 'c');
    await restart();
    expect([await storage.states.read('verifier'), await storage.states.read('__proto__')]).toEqual(['c', 'x']);
    appendFileSync(`${place.path}.states`, 'x');
    expect(await storage.states.read('verifier')).toBeNull();
  });
});

it('nothing beside a log is written by who only reads it', async () => {
  const place = freshLogFolder();
  await (await place.open()).close();
  const { leases, states, checkpoints, delivery } = await place.open({ readOnly: true });
  const refused = { name: 'StoreError', reason: 'refused', message: /reading only/ };
  await expect(leases.acquire('a', 'b', 1)).rejects.toMatchObject(refused);
  await expect(states.write('a', 'b')).rejects.toMatchObject(refused);
  await expect(checkpoints.insert(checkpoint(1))).rejects.toMatchObject(refused);
  await expect(delivery.expedite('a')).rejects.toMatchObject(refused);
  for (const name of ['leases', 'states', 'checkpoints', 'deliveries']) {
    expect(existsSync(`${place.path}.${name}`)).toBe(false);
  }
  await place.drop();
});
