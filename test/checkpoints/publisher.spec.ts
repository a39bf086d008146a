import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { jest } from '@jest/globals';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { DirectoryAnchor } from '../../lib/verification/anchors/directory.anchor.js';
import type { Anchor } from '../../lib/verification/anchors/anchor.port.js';
import { openCheckpoint } from '../../lib/verification/notes/open-checkpoint.js';
import { formatCheckpoint } from '../../lib/verification/notes/checkpoint.js';
import { signNoteAsync } from '../../lib/verification/notes/sign-note.js';
import { SigningRefusedError } from '../../lib/verification/signing/signing-refused.error.js';
import { FileSignerStateStore } from '../../lib/verification/signing/file.signer-state-store.js';
import { freshKey, SignedLog } from '../support/signed-log.js';
import { publisherOf } from '../support/publisher.js';
import type { TestPublisher } from '../support/publisher.js';
import { STORAGES } from './storages.js';
import type { Place } from './storages.js';

jest.setTimeout(30_000);

/** Resolves when the condition holds; fails after twenty seconds. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 20_000; !(await condition());) {
    if (Date.now() > end) throw new Error('It did not happen within twenty seconds.');
    await delay(5);
  }
}

describe.each(STORAGES)('CheckpointPublisher: $kind', ({ create }) => {
  let place: Place;
  let storage: AuditStorage;
  let log: SignedLog;
  const running: TestPublisher[] = [];
  const start = (...args: Parameters<typeof publisherOf>) => {
    const made = publisherOf(...args);
    running.push(made);
    made.publisher.start();
    return made;
  };
  beforeEach(async () => {
    place = await create();
    storage = await place.open();
    log = new SignedLog(storage);
  });
  afterEach(async () => {
    for (const { publisher } of running.splice(0)) await publisher.stop();
    log.drop();
    await place.drop();
  });
  const sizes = async () => (await storage.checkpoints.list({ limit: 1000 })).map(({ size }) => size);

  it('publishes on demand: in the database, at the anchors, with the name in the head', async () => {
    await log.grow(3);
    const { publisher } = publisherOf(log);
    const published = await publisher.publish();
    expect(openCheckpoint(published.note, log.verifiers, log.origin).checkpoint.size).toBe(3n);
    expect((await storage.ledger.readHead()).origin).toBe(log.origin);
    expect(await log.anchors[0].read(3)).toBe(published.note);
    expect(await storage.checkpoints.read(3)).toMatchObject({ note: published.note, anchoredAt: expect.any(String) });
  });

  it('publishes when the log has grown, and says how far it has come', async () => {
    const { publisher, violations, failures } = start(log);
    await until(async () => (await sizes()).includes(0));
    await log.grow(3);
    await until(() => publisher.status().anchoredSize === 3);
    await log.grow(2);
    await until(() => publisher.status().anchoredSize === 5);
    expect(publisher.status()).toMatchObject({
      origin: log.origin,
      state: 'ok',
      problem: null,
      size: 5,
      anchors: 1,
      unanchoredSince: null,
      oldestUnanchoredMs: 0,
      violations: 0,
    });
    expect(await log.anchors[0].sizes()).toEqual(await sizes());
    expect([violations, failures]).toEqual([[], []]);
  });

  it('does not publish again while nothing happens', async () => {
    await log.grow(3);
    const { publisher } = start(log);
    await until(() => publisher.status().anchoredSize === 3);
    const { createdAt } = (await storage.checkpoints.latest())!;
    await delay(100);
    expect(await sizes()).toEqual([3]);
    expect((await storage.checkpoints.latest())!.createdAt).toBe(createdAt);
  });

  it('lets the log say that it was silent', async () => {
    await log.grow(3);
    start(log, { idleEveryMs: 60 });
    await until(async () => (await sizes()).length >= 3);
    expect((await sizes()).slice(0, 3)).toEqual([3, 4, 5]);
    const [row] = await storage.ledger.readRange(3, 1);
    expect(row.eventId).toContain('heartbeat');
  });

  it('publishes what is left when it is stopped', async () => {
    const { publisher, failures } = publisherOf(log, { everyMs: 60_000 });
    publisher.start();
    await log.grow(4);
    await publisher.stop();
    expect(await sizes()).toEqual([4]);
    expect((await storage.checkpoints.latest())?.anchoredAt).not.toBeNull();
    await publisher.stop();
    expect([await sizes(), failures]).toEqual([[4], []]);
  });

  it('is not held up by rows about more records than there are', async () => {
    const row = { root: '', note: '', createdAt: '', anchoredAt: null };
    await storage.checkpoints.insert({ ...row, size: Number.MAX_SAFE_INTEGER });
    const database = storage.database as SqlDatabase | undefined;
    await database?.execute("INSERT INTO audit_checkpoint VALUES (9223372036854775807, '', '', '', NULL)");
    await log.grow(3);
    const { publisher, failures } = start(log, { idleEveryMs: 30 });
    await until(async () => (await storage.ledger.readHead()).size >= 5); // heartbeats
    await publisher.stop();
    const { size } = await storage.ledger.readHead();
    expect([await sizes(), failures]).toEqual([expect.arrayContaining([3, size]), []]);
  });

  it('has one of many publish at a time, and another when that one is gone', async () => {
    const first = start(log);
    await until(async () => (await sizes()).length === 1);
    const second = start(log);
    await log.grow(1);
    await until(async () => (await sizes()).length === 2);
    const [lease] = await storage.leases.list('checkpoint:publish');
    expect(lease.holder).toBe('publisher-' + /\d+$/.exec(lease.holder)![0]);
    await first.publisher.stop();
    await log.grow(1);
    await until(async () => (await sizes()).length === 3);
    expect([second.violations, second.failures, first.failures]).toEqual([[], [], []]);
  });

  it('takes over from a publisher that died', async () => {
    await storage.leases.acquire('checkpoint:publish', 'a process that was killed', 300);
    await log.grow(1);
    start(log);
    await until(async () => (await sizes()).length === 1);
    const [lease] = await storage.leases.list('checkpoint:publish');
    expect(lease.holder).toContain('publisher-');
  });

  it('does no harm when many publish at once', async () => {
    const publishers = Array.from({ length: 4 }, () => publisherOf(log));
    for (let turn = 0; turn < 5; turn++) {
      await log.grow(2);
      await Promise.all(publishers.map(({ publisher }) => publisher.publish()));
    }
    expect(await sizes()).toEqual([2, 4, 6, 8, 10]);
    for (const { violations, failures } of publishers) expect([violations, failures]).toEqual([[], []]);
    expect(await log.anchors[0].sizes()).toEqual([2, 4, 6, 8, 10]);
  });

  describe('anchors', () => {
    /** A folder that is away until it is told otherwise. */
    class Flaky implements Anchor {
      readonly name = 'flaky';
      away = true;
      constructor(private readonly inner: Anchor) {}
      put(size: number, note: string): Promise<void> {
        return this.away ? Promise.reject(new Error('the share is not mounted')) : this.inner.put(size, note);
      }
      sizes = () => this.inner.sizes();
      read = (size: number) => this.inner.read(size);
    }

    it('get every checkpoint in the end, however long they were away, and the age of what they lack is known', async () => {
      const flaky = new Flaky(new DirectoryAnchor(join(log.folder, 'second')));
      log.anchors.push(flaky);
      const { publisher, failures } = start(log);
      for (const count of [2, 3]) {
        await log.grow(count);
        const size = (await storage.ledger.readHead()).size;
        await until(() => publisher.status().size === size);
      }
      const [oldest] = await storage.ledger.readRange(0, 1);
      expect(publisher.status()).toMatchObject({ anchoredSize: 0, unanchoredSince: oldest.occurredAt, state: 'ok' });
      expect(failures.map(String)).toContain('Error: the share is not mounted');
      expect(await log.anchors[0].sizes()).toEqual(expect.arrayContaining([2, 5]));

      flaky.away = false;
      await until(() => publisher.status().anchoredSize === 5);
      expect(await flaky.sizes()).toEqual(await sizes());
      expect(await storage.checkpoints.listUnanchored(9)).toEqual([]);
    });

    it('are never handed what somebody wrote into the database', async () => {
      await log.grow(2);
      const { publisher, violations } = publisherOf(log);
      await publisher.publish();
      const forged = `${log.origin}\n7\n${Buffer.alloc(32).toString('base64')}\n\n— ${log.origin} ${'A'.repeat(92)}\n`;
      const row = { size: 7, root: '0'.repeat(64), createdAt: '2026-11-21T20:44:00.000000Z', anchoredAt: null };
      await storage.checkpoints.insert({ ...row, note: forged });
      await log.grow(6);
      await publisher.publish();
      await publisher.publish();
      expect(await log.anchors[0].sizes()).toEqual([2, 8]);
      expect(violations).toEqual([expect.objectContaining({ class: 'bad_signature', found: forged })]);
    });

    it('that keep another signed note of the same size are evidence of a split view', async () => {
      await log.grow(2);
      await log.signer().sign();
      const other = await signNoteAsync(
        formatCheckpoint({ origin: log.origin, size: 2n, root: Buffer.alloc(32, 7) }),
        log.keys,
      );
      await log.anchors[0].put(2, other);
      const { publisher, violations } = publisherOf(log);
      const { note } = await publisher.publish();
      expect(violations).toEqual([expect.objectContaining({ class: 'split_view', notes: [other, note] })]);
      expect((await storage.checkpoints.read(2))?.anchoredAt).toBeNull();
      await publisher.publish();
      expect(violations).toHaveLength(1);
    });

    it('of another log are a mistake that is told, not an attack', async () => {
      mkdirSync(join(log.folder, 'anchor/checkpoints'), { recursive: true });
      const other = freshKey('example.com/other');
      const note = await signNoteAsync(formatCheckpoint({ origin: other.name, size: 2n, root: Buffer.alloc(32, 7) }), [
        other,
      ]);
      writeFileSync(join(log.folder, 'anchor/checkpoints/2'), note);
      await log.grow(2);
      const { publisher, violations, failures } = publisherOf(log);
      await publisher.publish();
      expect(violations).toEqual([]);
      expect(String(failures[0])).toContain('another log');
    });
  });

  it('finds another note in the database in place of its own', async () => {
    await log.grow(2);
    const other = await signNoteAsync(
      formatCheckpoint({ origin: log.origin, size: 2n, root: Buffer.alloc(32, 7) }),
      log.keys,
    );
    const row = { size: 2, root: '07'.repeat(32), createdAt: '2026-11-21T20:44:00.000000Z', anchoredAt: null };
    await storage.checkpoints.insert({ ...row, note: other });
    // The signer has a memory of its own, so it is not fooled by what stands in the database.
    const memory = new FileSignerStateStore(join(log.folder, 'other.json'));
    await log.signer({ memory, known: async () => [] }).sign();
    const { publisher, violations } = publisherOf(log, { signer: log.signer({ memory }) });
    await publisher.publish();
    expect(violations).toEqual([expect.objectContaining({ class: 'split_view', found: other })]);
  });

  it('raises the alarm once when the log contradicts what was signed, and does not sign', async () => {
    await log.grow(5);
    await publisherOf(log).publisher.publish();
    const elsewhere = await create();
    try {
      const other = new SignedLog(await elsewhere.open(), log.keys);
      await other.grow(9, 'other');
      const { publisher, violations, failures } = start(other, { signer: log.signer({ log: other.storage.ledger }) });
      await until(() => publisher.status().state === 'rewritten');
      await expect(publisher.publish()).rejects.toThrow(SigningRefusedError);
      expect(violations).toEqual([expect.objectContaining({ class: 'rewritten' })]);
      expect(failures[0]).toBeInstanceOf(SigningRefusedError);
      expect(publisher.status()).toMatchObject({ state: 'rewritten', violations: 1, size: null });
      expect(await other.storage.checkpoints.latest()).toBeNull();
      await publisher.stop();
      expect(await other.storage.checkpoints.latest()).toBeNull();
      other.drop();
    } finally {
      await elsewhere.drop();
    }
  });

  it('goes on after a failure of a key', async () => {
    const [key] = log.keys;
    let broken = true;
    const flaky = {
      ...key,
      sign: (text: Uint8Array) => (broken ? Promise.reject(new Error('KMS away')) : key.sign(text)),
    };
    await log.grow(2);
    const { publisher, failures } = start(log, { signer: log.signer({ keys: [flaky] }) });
    await until(() => publisher.status().state === 'failing');
    expect(publisher.status().problem).toBe('KMS away');
    broken = false;
    await until(() => publisher.status().state === 'ok' && publisher.status().anchoredSize === 2);
    expect(failures.map(String)).toContain('Error: KMS away');
  });
});
