import type { StoredEvent } from '../../../../lib/ledger/ledger-store.port.js';
import { CompactRange, leafHash } from '../../../../lib/ledger/merkle/index.js';
import { MemoryStorage } from '../../../../lib/storage/memory/memory-storage.js';
import { MemoryTileStore } from '../../../../lib/storage/memory/tile.memory-store.js';
import { EventProver } from '../../../../lib/verification/checkpoints/event-prover.js';
import { formatCheckpoint, signNoteAsync } from '../../../../lib/proofs.js';
import { policyOfLogs } from '../../../../lib/verification/policy/policy.js';
import { verifyConsistency } from '../../../../lib/verification/proofs/verify-consistency.js';
import { verifyProofFile } from '../../../../lib/verification/proofs/verify-proof-file.js';
import { sealableEvent } from '../../../support/sealable-event.js';
import { appendTo } from '../../../support/log-writer.js';
import { publisherOf } from '../../../support/publisher.js';
import { freshKey, SignedLog } from '../../../support/signed-log.js';

describe('EventProver', () => {
  const logs: SignedLog[] = [];
  afterEach(() => logs.splice(0).forEach((log) => log.drop()));

  async function logOf(count: number): Promise<SignedLog> {
    const log = new SignedLog();
    logs.push(log);
    await appendTo(
      log.storage.ledger,
      Array.from({ length: count }, (_, n) => sealableEvent(`e${n}`)),
    );
    return log;
  }

  function proverOf(log: SignedLog, changes: Partial<ConstructorParameters<typeof EventProver>[0]> = {}): EventProver {
    return new EventProver({ ...log.storage, log: log.storage.ledger, verifiers: log.verifiers, ...changes });
  }

  async function expectProven(log: SignedLog, prover: EventProver, id: string): Promise<void> {
    const row = (await log.storage.ledger.findById(id)) as StoredEvent;
    const { file } = verifyProofFile(await prover.prove(id), leafHash(row.record), policyOfLogs(log.verifiers));
    expect(file.index).toBe(BigInt(row.logIndex));
  }

  it.each([1, 2, 255, 256, 257, 700])('proves every kind of place in a log of %d events', async (count) => {
    const log = await logOf(count);
    await publisherOf(log).publisher.publish();
    const prover = proverOf(log);
    for (const index of new Set([0, 1, 254, 255, 256, 511, 512, count - 1])) {
      if (index < count) await expectProven(log, prover, `e${index}`);
    }
  });

  it('goes on proving while the log and its tiles grow', async () => {
    const log = await logOf(500);
    const { publisher } = publisherOf(log);
    await publisher.publish();
    const prover = proverOf(log);
    await log.grow(300);
    await expectProven(log, prover, 'e499');
    await publisher.publish();
    await expectProven(log, prover, 'e3');
  });

  it('proves that one checkpoint goes on from another', async () => {
    const log = await logOf(300);
    const { publisher } = publisherOf(log);
    const old = await publisher.publish();
    await log.grow(600);
    const now = await publisher.publish();
    const proof = await proverOf(log).proveConsistency(old.size, now.size);
    verifyConsistency({
      size1: old.size,
      size2: now.size,
      root1: Buffer.from(old.root, 'hex'),
      root2: Buffer.from(now.root, 'hex'),
      proof,
    });
  });

  it('says what is missing: the event, or a checkpoint over it', async () => {
    const log = await logOf(3);
    await expect(proverOf(log).prove('nobody')).rejects.toMatchObject({ reason: 'unknown_event' });
    await expect(proverOf(log).prove('e2')).rejects.toMatchObject({ reason: 'not_covered' });
    const { publisher } = publisherOf(log);
    await publisher.publish();
    await log.grow(1);
    const [last] = await log.storage.ledger.readRange(3, 1);
    await expect(proverOf(log).prove(last.eventId)).rejects.toMatchObject({ reason: 'not_covered' });
    await expectProven(log, proverOf(log, { publish: () => publisher.publish() }), last.eventId);
  });

  it('hands out no checkpoint that none of its keys signed', async () => {
    const log = await logOf(3);
    const forger = new SignedLog(log.storage, [freshKey()]);
    logs.push(forger);
    await publisherOf(forger).publisher.publish();
    await expect(proverOf(log).prove('e2')).rejects.toMatchObject({ reason: 'not_covered' });
  });

  it('does not need the tiles: it makes them again, and passes over wrong ones', async () => {
    const log = await logOf(600);
    await publisherOf(log).publisher.publish();
    const tiles = new MemoryTileStore();
    await tiles.insert([{ level: 0, index: 1, hashes: Buffer.alloc(8192), root: '0'.repeat(64) }]);
    const prover = proverOf(log, { tiles });
    for (const id of ['e0', 'e300', 'e599']) await expectProven(log, prover, id);
    const holes = new MemoryTileStore();
    const first = await proverOf(log, { tiles: holes }).prove('e0');
    const [kept] = [(await holes.read(0, 1))!];
    const sparse = new MemoryTileStore();
    await sparse.insert([kept]);
    expect(await proverOf(log, { tiles: sparse }).prove('e0')).toBe(first);
    expect(await sparse.read(0, 0)).not.toBeNull();
  });

  it('gives no proof of a log that does not lead to its checkpoint', async () => {
    const log = await logOf(600);
    await publisherOf(log).publisher.publish();
    const other = new MemoryStorage();
    await appendTo(
      other.ledger,
      Array.from({ length: 600 }, (_, n) => sealableEvent(n === 400 ? 'other' : `e${n}`)),
    );
    const prover = proverOf(log, { log: other.ledger, tiles: other.tiles });
    await expect(prover.prove('e3')).rejects.toMatchObject({ reason: 'contradicts_checkpoint' });
    const short = new MemoryStorage();
    await appendTo(short.ledger, [sealableEvent('e0')]);
    const behind = proverOf(log, { log: short.ledger, tiles: short.tiles });
    await expect(behind.prove('e0')).rejects.toMatchObject({ reason: 'contradicts_checkpoint' });
  });

  it('reads a handful of rows for an event among a million', async () => {
    const size = 1_000_003;
    const range = new CompactRange();
    const leaf = (index: number) => leafHash(String(index));
    const hashes: string[] = [];
    for (let index = 0; index < size; index++) {
      const hash = leaf(index);
      range.append(hash);
      hashes.push(hash.toString('hex'));
    }
    const head = {
      size,
      root: range.root().toString('hex'),
      compactRange: range.toHex(),
      createdAt: '',
      origin: '',
    };
    const reads: string[] = [];
    let hashesRead = 0;
    const source = {
      readHead: async () => (reads.push('head'), head),
      readLeafHashes: async (from: number, to: number) => {
        reads.push('leaves');
        hashesRead += to - from;
        return hashes.slice(from, to);
      },
      findById: async (id: string) => (reads.push('event'), { logIndex: Number(id), record: id } as StoredEvent),
    };
    const tiles = new MemoryTileStore();
    const counted = {
      insert: tiles.insert.bind(tiles),
      count: (level: number) => (reads.push('tile count'), tiles.count(level)),
      read: (level: number, index: number) => (reads.push('tile'), tiles.read(level, index)),
      readRoots: (level: number, from: number, to: number) => (reads.push('roots'), tiles.readRoots(level, from, to)),
    };
    const log = new SignedLog();
    logs.push(log);
    const text = formatCheckpoint({ origin: log.origin, size: BigInt(size), root: range.root() });
    const note = await signNoteAsync(text, log.keys);
    await log.storage.checkpoints.insert({ size, root: head.root, note, createdAt: '', anchoredAt: null });
    const prover = new EventProver({ log: source, checkpoints: log.storage.checkpoints, tiles: counted });

    await prover.tiles.catchUp();
    expect(await tiles.count(0)).toBe(Math.floor(size / 256));
    expect(await tiles.count(1)).toBe(Math.floor(size / 65_536));
    for (const index of [0, 123_456, 777_777, 999_935, size - 1]) {
      reads.length = 0;
      hashesRead = 0;
      const proof = await prover.prove(String(index));
      verifyProofFile(proof, leaf(index), policyOfLogs(log.verifiers));
      expect(reads.length).toBeLessThan(16);
      expect(hashesRead).toBeLessThanOrEqual(256);
    }
  }, 240_000);
});
