import { mkdirSync, unlinkSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EventPageRequest, StoredEvent } from '../../../../lib/ledger/ledger-store.port.js';
import { CompactRange, EMPTY_ROOT } from '../../../../lib/ledger/merkle/index.js';
import { openCheckpoint } from '../../../../lib/verification/notes/open-checkpoint.js';
import { parseVerifierKey } from '../../../../lib/verification/notes/verifier-key.js';
import { formatSignerState } from '../../../../lib/verification/signing/signer-state.js';
import { SigningRefusedError } from '../../../../lib/verification/signing/signing-refused.error.js';
import { MemoryStorage } from '../../../../lib/storage/memory/memory-storage.js';
import { timestampNow } from '../../../../lib/event/timestamp.js';
import { appendTo, events } from '../../../support/log-writer.js';
import { sealableEvent } from '../../../support/sealable-event.js';
import { freshKey, SignedLog } from '../../../support/signed-log.js';

describe('CheckpointSigner', () => {
  const logs: SignedLog[] = [];
  const signedLog = (...args: ConstructorParameters<typeof SignedLog>): SignedLog => {
    const log = new SignedLog(...args);
    logs.push(log);
    return log;
  };
  afterEach(() => logs.splice(0).forEach((log) => log.drop()));

  /** A log of which checkpoints over 5, 9 and 14 records were signed, kept and anchored. */
  async function signedThrice(): Promise<SignedLog> {
    const log = signedLog();
    for (const count of [5, 4, 5]) {
      await log.grow(count);
      await keep(log, await log.signer().sign());
    }
    return log;
  }

  async function keep(
    log: SignedLog,
    { size, root, note }: { size: number; root: string; note: string },
  ): Promise<void> {
    await log.storage.checkpoints.insert({ size, root, note, createdAt: timestampNow(), anchoredAt: null });
    await log.anchors[0].put(size, note);
  }

  /** The same log as it was when it had `size` records, with the checkpoints of then. */
  async function restored(log: SignedLog, size: number): Promise<MemoryStorage> {
    const storage = new MemoryStorage();
    const rows = await log.storage.ledger.readRange(0, size);
    await appendTo(
      storage.ledger,
      rows.map(({ eventId }) => sealableEvent(eventId)),
    );
    expect((await storage.ledger.readHead()).root).toBe(await rootAt(log, size));
    for (const checkpoint of await log.storage.checkpoints.list({ to: size, limit: 100 })) {
      await storage.checkpoints.insert(checkpoint);
    }
    return storage;
  }

  async function rootAt(log: SignedLog, size: number): Promise<string> {
    const range = new CompactRange();
    for (const hash of await log.storage.ledger.readLeafHashes(0, size)) range.append(Buffer.from(hash, 'hex'));
    return range.root().toString('hex');
  }

  const refusal = async (
    log: SignedLog,
    changes: Parameters<SignedLog['signer']>[0] = {},
  ): Promise<SigningRefusedError> => {
    const before = await log.memory.read();
    const error = await log
      .signer(changes)
      .sign()
      .then(
        () => null,
        (reason: unknown) => reason,
      );
    expect(error).toBeInstanceOf(SigningRefusedError);
    expect(await log.memory.read()).toEqual(before);
    return error as SigningRefusedError;
  };

  it('signs the empty log, then every extension, and what it says opens with the key', async () => {
    const log = signedLog();
    expect((await log.signer().sign()).root).toBe(EMPTY_ROOT.toString('hex'));
    await log.grow(3);
    const { note, size, root } = await log.signer().sign();
    const { checkpoint } = openCheckpoint(note, log.verifiers, log.origin);
    expect([checkpoint.size, Buffer.from(checkpoint.root).toString('hex')]).toEqual([3n, root]);
    expect([size, root]).toEqual([3, (await log.storage.ledger.readHead()).root]);
    expect((await log.memory.read())?.state).toMatchObject({ size: 3, root, origin: log.origin });
  });

  it('signs the same again, byte for byte, without moving its memory', async () => {
    const log = signedLog();
    await log.grow(3);
    const first = await log.signer().sign();
    const { version } = (await log.memory.read())!;
    expect(await log.signer().sign()).toEqual(first);
    expect((await log.memory.read())!.version).toBe(version);
  });

  it('reads only the new records', async () => {
    const log = signedLog();
    await log.grow(2000);
    await log.signer().sign();
    await log.grow(7);
    let read = 0;
    const counting = {
      readHead: () => log.storage.ledger.readHead(),
      readLeafHashes: () => Promise.reject(new Error('not needed')),
      findPage: async (request: EventPageRequest) => {
        const rows = await log.storage.ledger.findPage(request);
        read += rows.length;
        return rows;
      },
      readRange: async (from: number, limit: number) => {
        const rows = await log.storage.ledger.readRange(from, limit);
        read += rows.length;
        return rows;
      },
    };
    await log.signer({ log: counting }).sign();
    expect(read).toBe(8); // with the one in front of them, which the first of them names
  });

  describe('a database that went back', () => {
    it('is a rollback when it is shorter than what was signed', async () => {
      const log = await signedThrice();
      const backup = await restored(log, 9);
      const error = await refusal(log, { log: backup.ledger });
      expect(error).toMatchObject({ state: 'rollback', index: 9, violation: true });
      expect(error.message).toContain('restored from a backup');
    });

    it.each([
      ['a little', 2],
      ['beyond what was signed', 30],
    ])('is a rollback when it went on and grew %s', async (_, count) => {
      const log = await signedThrice();
      const backup = await restored(log, 6);
      await appendTo(backup.ledger, events('after-restore', count));
      const known = () =>
        Promise.resolve(
          log.storage.checkpoints
            .list({ limit: 9 })
            .then((all) => all.map(({ size, root }) => ({ size, root, source: 'anchor' }))),
        );
      expect(await refusal(log, { log: backup.ledger, known })).toMatchObject({ state: 'rollback' });
    });

    it('is noticed by a signer that has lost its memory, as long as an anchor remembers', async () => {
      const log = await signedThrice();
      log.storage.checkpoints.list = async () => [];
      for (const name of readdirSync(log.folder)) if (name.startsWith('signer')) unlinkSync(join(log.folder, name));
      const backup = await restored(log, 9);
      expect(await refusal(log, { log: backup.ledger })).toMatchObject({ state: 'rollback', index: 9 });
    });
  });

  it('calls a history that agrees with no checkpoint rewritten', async () => {
    const log = await signedThrice();
    const other = new MemoryStorage();
    await appendTo(other.ledger, events('another-history', 20));
    expect(await refusal(log, { log: other.ledger })).toMatchObject({ state: 'rewritten', index: null });
  });

  it('refuses a history that contradicts the anchors, without a memory of its own', async () => {
    const log = await signedThrice();
    for (const name of readdirSync(log.folder)) if (name.startsWith('signer')) unlinkSync(join(log.folder, name));
    const other = new MemoryStorage();
    await appendTo(other.ledger, events('another-history', 20));
    expect(await refusal(log, { log: other.ledger })).toMatchObject({ state: 'rewritten' });
    expect(log.adopted).toEqual([]);
  });

  it('goes on from what anchors hold when its memory is gone and the log is an extension', async () => {
    const log = await signedThrice();
    for (const name of readdirSync(log.folder)) if (name.startsWith('signer')) unlinkSync(join(log.folder, name));
    await log.grow(3);
    expect((await log.signer().sign()).size).toBe(17);
    expect(log.adopted).toEqual([`checkpoint 14 of the anchor ${log.anchors[0].name}`]);
  });

  it('does not guess when it has no memory and an anchor does not answer', async () => {
    const log = await signedThrice();
    for (const name of readdirSync(log.folder)) if (name.startsWith('signer')) unlinkSync(join(log.folder, name));
    const known = () => Promise.reject(new Error('the anchor is away'));
    await expect(log.signer({ known }).sign()).rejects.toThrow('the anchor is away');
    expect(await log.memory.read()).toBeNull();
  });

  it('does not believe notes that none of its keys signed', async () => {
    const log = signedLog();
    const foreign = signedLog(new MemoryStorage(), [freshKey()]);
    await foreign.grow(50);
    const { note, size, root } = await foreign.signer().sign();
    await log.storage.checkpoints.insert({ size, root, note, createdAt: timestampNow(), anchoredAt: null });
    mkdirSync(join(log.folder, 'anchor/checkpoints'), { recursive: true });
    writeFileSync(join(log.folder, 'anchor/checkpoints/60'), note);
    await log.grow(3);
    expect((await log.signer().sign()).size).toBe(3);
    expect(log.adopted).toEqual([]);
  });

  describe('records that are not signed yet', () => {
    const damaged = (log: SignedLog, change: (rows: StoredEvent[]) => StoredEvent[]) => ({
      readHead: () => log.storage.ledger.readHead(),
      readLeafHashes: (from: number, to: number) => log.storage.ledger.readLeafHashes(from, to),
      findPage: (request: EventPageRequest) => log.storage.ledger.findPage(request),
      readRange: async (from: number, limit: number) => change(await log.storage.ledger.readRange(from, limit)),
    });

    it.each([
      ['a record', (row: StoredEvent) => ({ ...row, record: row.record.replace('test.run', 'test.ran') }), 'modified'],
      ['a leaf hash', (row: StoredEvent) => ({ ...row, leafHash: row.leafHash.replace(/^../, '00') }), 'modified'],
      ['its place', (row: StoredEvent) => ({ ...row, logIndex: 8 }), 'missing'],
    ])('are not signed when %s was changed', async (_, edit, state) => {
      const log = signedLog();
      await log.grow(5);
      await log.signer().sign();
      await log.grow(5);
      const change = (rows: StoredEvent[]) => rows.map((row) => (row.logIndex === 7 ? edit(row) : row));
      expect(await refusal(log, { log: damaged(log, change) })).toMatchObject({ state, index: 7 });
    });

    it('are not signed when the end is missing', async () => {
      const log = signedLog();
      await log.grow(10);
      const change = (rows: StoredEvent[]) => rows.filter((row) => row.logIndex < 8);
      expect(await refusal(log, { log: damaged(log, change) })).toMatchObject({ state: 'missing', index: 8 });
    });

    it('are not signed under a head that they do not lead to', async () => {
      const log = signedLog();
      await log.grow(5);
      await log.signer().sign();
      await log.grow(5);
      const forged = {
        ...damaged(log, (rows) => rows),
        readHead: async () => ({ ...(await log.storage.ledger.readHead()), root: '0'.repeat(64) }),
      };
      expect(await refusal(log, { log: forged })).toMatchObject({
        state: 'modified',
        index: null,
        found: '0'.repeat(64),
      });
    });
  });

  describe('keys', () => {
    it('change with an overlap: announced once in the log, then both sign', async () => {
      const log = await signedThrice();
      const [old] = log.keys;
      log.keys.unshift(freshKey());
      const { note, size } = await log.signer().sign();
      expect(size).toBe(15);
      expect(log.rotations).toEqual([
        expect.objectContaining({ from: [old.verifierKey], to: [log.keys[0].verifierKey], size: 14 }),
      ]);
      for (const { verifierKey } of log.keys) openCheckpoint(note, [parseVerifierKey(verifierKey)], log.origin);
      await log.grow(1);
      await log.signer().sign();
      log.keys.pop();
      await log.grow(1);
      openCheckpoint((await log.signer().sign()).note, log.verifiers, log.origin);
      expect(log.rotations).toHaveLength(1);
    });

    it('are refused when no earlier key vouches for them', async () => {
      const log = await signedThrice();
      log.keys.splice(0, 1, freshKey());
      const error = await refusal(log);
      expect(error).toMatchObject({ state: 'key_changed', violation: false });
      expect(error.message).toContain('previousKeys');
    });

    it('never sign for another log on the same memory', async () => {
      const log = await signedThrice();
      const other = freshKey('example.com/other');
      const error = await refusal(log, { origin: 'example.com/other', keys: [other] });
      expect(error).toMatchObject({ state: 'origin_changed', violation: false });
    });
  });

  it('signs nothing that contradicts itself when many sign at once', async () => {
    const log = signedLog();
    const signers = Array.from({ length: 5 }, () => log.signer());
    const roots = new Map<number, string>();
    let growing = true;
    const grow = (async () => {
      for (let n = 0; n < 60; n++) {
        await log.grow(1 + (n % 3));
        if (n % 6 === 0) await log.signer().sign();
      }
      growing = false;
    })();
    await Promise.all(
      signers.map(async (signer) => {
        do {
          const { size, root } = await signer.sign();
          expect(roots.get(size) ?? root).toBe(root);
          roots.set(size, root);
        } while (growing);
      }),
    );
    await grow;
    for (const [size, root] of roots) expect(root).toBe(await rootAt(log, size));
    expect(roots.size).toBeGreaterThan(3);
  });

  it('does not sign without its memory', async () => {
    const log = await signedThrice();
    writeFileSync(log.stateFile, 'torn');
    for (const name of readdirSync(log.folder)) if (/json\.\d+$/.test(name)) unlinkSync(join(log.folder, name));
    await expect(log.signer().sign()).rejects.toThrow("The signer's memory");
    writeFileSync(log.stateFile, formatSignerState(9, { ...(await goodState(log)), size: 15 }));
    await expect(log.signer().sign()).rejects.toThrow("The signer's memory");
  });

  const goodState = async (log: SignedLog) => ({
    origin: log.origin,
    size: 14,
    root: await rootAt(log, 14),
    compactRange: [],
    keys: [],
    signedAt: timestampNow(),
  });
});
