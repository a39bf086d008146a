import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditRecord } from '../../../lib/event/audit-record.interface.js';
import { LogAlgorithmError } from '../../../lib/ledger/ledger.errors.js';
import { Ledger } from '../../../lib/ledger/ledger.js';
import { CompactRange, leafHash } from '../../../lib/ledger/merkle/index.js';
import { chainHash } from '../../../lib/ledger/sealing/chain-hash.js';
import { createStorage } from '../../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../../lib/storage/storage.interface.js';
import { sealableEvent } from '../../support/sealable-event.js';

const batch = (prefix: string, count: number, stream?: string) =>
  Array.from({ length: count }, (_, i) => sealableEvent(`${prefix}-${i}`, stream));

async function expectSoundLog(storage: AuditStorage, size: number): Promise<void> {
  const head = await storage.ledger.readHead();
  const rows = await storage.ledger.readRange(0, size + 10);
  expect(head.size).toBe(size);
  expect(rows.map(({ logIndex }) => logIndex)).toEqual(Array.from({ length: size }, (_, i) => i));
  const range = new CompactRange();
  const last = new Map<string, { sequence: number; hash: string }>();
  for (const row of rows) {
    const record = JSON.parse(row.record) as AuditRecord;
    const before = last.get(row.stream);
    expect(record.sequence).toBe(before ? before.sequence + 1 : 0);
    expect(record.previousHash).toBe(before?.hash ?? null);
    expect(row.hash).toBe(chainHash(record.alg, row.record));
    last.set(row.stream, { sequence: record.sequence, hash: row.hash });
    range.append(leafHash(row.record));
  }
  expect(head.root).toBe(range.root().toString('hex'));
  expect(head.compactRange).toEqual(range.toHex());
  for (const { name, nextSequence, lastHash } of await storage.ledger.readStreams()) {
    expect({ sequence: nextSequence - 1, hash: lastHash }).toEqual(last.get(name));
  }
}

describe.each(['memory', 'sqlite'] as const)('Ledger on %s', (type) => {
  const path = join(mkdtempSync(join(tmpdir(), 'audit-ledger-')), 'audit.sqlite');
  let file = 0;
  const opened: AuditStorage[] = [];
  const open = async (same?: string) => {
    const options = type === 'sqlite' ? { type, path: same ?? `${path}.${file++}` } : { type };
    const storage = createStorage(options);
    await storage.open();
    opened.push(storage);
    return Object.assign(storage, { path: 'path' in options ? (options.path as string) : '' });
  };
  afterEach(async () => {
    for (const storage of opened.splice(0)) await storage.close();
  });

  it('gives contiguous places and honest receipts', async () => {
    const storage = await open();
    const ledger = new Ledger(storage.ledger);
    const first = await ledger.append(batch('a', 3));
    const second = await ledger.append([...batch('b', 2), ...batch('t', 2, 'tenant:1'), ...batch('c', 1)]);
    expect([...first, ...second].map(({ logIndex }) => logIndex)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(second.map(({ stream, sequence }) => [stream, sequence])).toEqual([
      ['main', 3],
      ['main', 4],
      ['tenant:1', 0],
      ['tenant:1', 1],
      ['main', 5],
    ]);
    expect(second[0].previousHash).toBe(first[2].hash);
    expect(second[2].previousHash).toBeNull();
    await expectSoundLog(storage, 8);
  });

  it('never forks when several ledgers append to one store', async () => {
    const storage = await open();
    const ledgers = Array.from({ length: 5 }, () => new Ledger(storage.ledger));
    await Promise.all(
      ledgers.flatMap((ledger, l) =>
        Array.from({ length: 20 }, (_, i) => ledger.append(batch(`${l}.${i}`, 1 + (i % 4), i % 3 ? 'main' : `s${i}`))),
      ),
    );
    await expectSoundLog(storage, 5 * 5 * (1 + 2 + 3 + 4));
  });

  it('recognises on replay what is in the log already', async () => {
    const storage = await open();
    const ledger = new Ledger(storage.ledger);
    const events = batch('a', 6);
    const known = await ledger.append(events.slice(1, 4));
    const receipts = await new Ledger(storage.ledger).append(events, true);
    expect(receipts.map(({ id }) => id)).toEqual(events.map(({ id }) => id));
    expect(receipts.slice(1, 4)).toEqual(known);
    await expectSoundLog(storage, 6);
  });

  it.each(['sha512', 'sha3-256', 'sha3-512'] as const)('chains with %s and keeps to it', async (algorithm) => {
    const storage = await open();
    const [first] = await new Ledger(storage.ledger, { algorithm }).append(batch('a', 2));
    expect(first.hash).toHaveLength(algorithm.endsWith('512') ? 128 : 64);
    // Nobody asked for another: the log keeps its own.
    await new Ledger(storage.ledger).append(batch('b', 2));
    await expectSoundLog(storage, 4);
    await expect(new Ledger(storage.ledger, { algorithm: 'sha256' }).append(batch('c', 1))).rejects.toBeInstanceOf(
      LogAlgorithmError,
    );
    await expectSoundLog(storage, 4);
  });

  it('appends nothing for nothing', async () => {
    const storage = await open();
    expect(await new Ledger(storage.ledger).append([])).toEqual([]);
    await expectSoundLog(storage, 0);
  });

  it('refuses a record that is too long for a log entry, and goes on', async () => {
    const storage = await open();
    const ledger = new Ledger(storage.ledger);
    const huge = { ...sealableEvent('huge'), stream: 's'.repeat(10) };
    const [a, b, c, d] = huge.parts;
    const long = { ...huge, parts: [a, b, c, `,"x":"${'x'.repeat(66_000)}"${d}`] as [string, string, string, string] };
    await expect(ledger.append([long])).rejects.toThrow(/65535/);
    await ledger.append(batch('a', 1));
    await expectSoundLog(storage, 1);
  });

  if (type === 'sqlite') {
    it('continues another process’s log after a restart', async () => {
      const storage = await open();
      await new Ledger(storage.ledger).append(batch('a', 300));
      await storage.close();
      const again = await open(storage.path);
      await new Ledger(again.ledger).append(batch('b', 5));
      await expectSoundLog(again, 305);
    });
  }
});
