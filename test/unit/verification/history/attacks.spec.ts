import { formatCheckpoint } from '../../../../lib/verification/notes/checkpoint.js';
import { signNoteAsync } from '../../../../lib/verification/notes/sign-note.js';
import { DirectoryAnchor } from '../../../../lib/verification/anchors/directory.anchor.js';
import { trustKeys } from '../../../../lib/verification/trust/parse-trust.js';
import { freshKey } from '../../../support/signed-log.js';
import { VerifiedLog } from '../../../support/verified-log.js';

describe('AuditVerifier and an owner of the database', () => {
  let log: VerifiedLog;

  beforeEach(async () => {
    log = new VerifiedLog();
    for (const count of [5, 7, 9, 4]) await log.grow(count);
  });
  afterEach(() => log.drop());

  /** Makes a history of its own in which record `index` is another one, and everything fits together. */
  function rewrite(index: number): void {
    const { database } = log;
    database.editRecord(index, { outcome: 'failure' });
    database.rows[index].outcome = 'failure';
    database.rechain();
    database.remakeHead();
  }

  const rootNow = () => log.database.head.root;
  const sign = (size: number, root: string, key = log.signed.keys[0], origin = log.signed.origin) =>
    signNoteAsync(formatCheckpoint({ origin, size: BigInt(size), root: Buffer.from(root, 'hex') }), [key]);
  const checkpoint = async (size: number, root: string, key = log.signed.keys[0]) => ({
    size,
    root,
    note: await sign(size, root, key),
    createdAt: '',
    anchoredAt: null,
  });

  describe.each(['with no memory', 'with a memory'])('%s', (memory) => {
    beforeEach(async () => {
      if (memory === 'with a memory') expect(await log.verify()).toMatchObject({ valid: true });
    });
    const full = { mode: 'full' } as const;

    it.each([0, 3, 5, 11, 12, 20, 21, 24])('sees that the whole log was rewritten from record %i', async (index) => {
      rewrite(index);
      const from = Math.max(...[0, 5, 12, 21].filter((size) => size <= index));
      const until = Math.min(...[5, 12, 21, 25].filter((size) => size > index));
      const verdict = await log.verify(full);
      expect(verdict).toMatchObject({ valid: false, verdict: 'rewritten', exitCode: 1, errorIndex: from });
      const [finding] = verdict.findings;
      expect(finding).toMatchObject({ class: 'rewritten', reason: 'checkpoint_mismatch', index: from });
      expect(finding.until ?? from + 1).toBe(until);
      expect(finding.notes).toHaveLength(1);
      expect(finding.expected).toMatch(new RegExp(`^${until} `));
    });

    it.each([1, 5, 6, 20, 24])('sees that the log was cut off behind %i records', async (size) => {
      log.database.rows.splice(size);
      log.database.rechain();
      log.database.remakeHead();
      expect(await log.verify()).toMatchObject({
        verdict: 'truncated',
        exitCode: 1,
        errorIndex: size,
        findings: [{ class: 'truncated', index: size }],
      });
    });

    it('tells a database that was restored from a cut one', async () => {
      const older = log.backup();
      await log.grow(6);
      await log.grow(2);
      if (memory === 'with a memory') await log.verify();
      Object.assign(log, older);
      expect(await log.verify()).toMatchObject({
        verdict: 'rollback',
        exitCode: 1,
        errorIndex: 25,
        findings: [{ class: 'rollback', reason: 'rollback', index: 25, until: 33 }],
      });
    });

    it('tells a database that was restored and went on', async () => {
      const older = log.backup();
      await log.grow(6);
      const [other] = [new VerifiedLog()];
      await other.grow(7, false);
      Object.assign(log, older);
      const { database } = log;
      database.rows.push(...other.database.rows);
      database.rechain();
      database.remakeHead();
      other.drop();
      expect(await log.verify(full)).toMatchObject({
        verdict: 'rollback',
        errorIndex: 25,
        findings: [{ class: 'rollback', index: 25, until: 31 }],
      });
    });

    it('sees that checkpoints were taken out of the database', async () => {
      log.checkpoints.splice(1, 2);
      expect(await log.verify(full)).toMatchObject({
        verdict: 'missing',
        errorIndex: null,
        findings: [{ class: 'missing', reason: 'missing_checkpoint', expected: '12, 21' }],
      });
    });

    it('sees that a checkpoint in the database was replaced by one of another log', async () => {
      const [, second] = log.checkpoints;
      log.checkpoints[1] = { ...second, note: second.note.replaceAll('example.com/', 'example.org/') };
      expect(await log.verify(full)).toMatchObject({
        verdict: 'missing',
        findings: [{ class: 'missing', reason: 'missing_checkpoint', expected: '12' }],
      });
    });

    it('sees a record that was changed with all hashes beside it, by the next link and by what was signed', async () => {
      const { database } = log;
      database.editRecord(6, { outcome: 'failure' });
      database.rows[6].outcome = 'failure';
      database.rehash(6);
      database.remakeHead();
      const { findings } = await log.verify(full);
      expect(findings[0]).toMatchObject({ reason: 'broken_chain' });
      expect(findings).toContainEqual(expect.objectContaining({ class: 'rewritten', index: 5, until: 12 }));
    });

    it('does not believe a checkpoint of a foreign key', async () => {
      rewrite(3);
      log.checkpoints = [await checkpoint(25, rootNow(), freshKey())];
      const { findings, exitCode } = await log.verify(full);
      expect(exitCode).toBe(1);
      expect(findings.map(({ class: kind }) => kind)).toEqual(
        expect.arrayContaining(['unknown_key', 'rewritten', 'missing']),
      );
    });

    it('does not believe a checkpoint whose text was changed', async () => {
      const [first, ...rest] = log.checkpoints;
      log.checkpoints = [{ ...first, note: first.note.replace('\n5\n', '\n4\n') }, ...rest];
      expect((await log.verify(full)).findings).toContainEqual(
        expect.objectContaining({
          class: 'bad_signature',
          column: 'audit_checkpoint.note',
          notes: [expect.any(String)],
        }),
      );
    });

    it('sees columns beside a note that say something else', async () => {
      log.checkpoints = log.checkpoints.map((row) => (row.size === 12 ? { ...row, root: '00' } : row));
      expect((await log.verify(full)).findings).toMatchObject([
        { class: 'projection_drift', column: 'audit_checkpoint.root', found: '00' },
      ]);
      await log.reset();
      log.checkpoints = log.checkpoints.map((row) => (row.size === 12 ? { ...row, size: 13 } : row));
      expect((await log.verify(full)).findings).toContainEqual(
        expect.objectContaining({
          class: 'projection_drift',
          column: 'audit_checkpoint.size',
          expected: '12',
          found: '13',
        }),
      );
    });

    it('sees that a note is malformed', async () => {
      log.checkpoints = log.checkpoints.map((row) => (row.size === 12 ? { ...row, note: 'nothing' } : row));
      expect((await log.verify(full)).findings).toContainEqual(
        expect.objectContaining({ class: 'malformed', column: 'audit_checkpoint.note' }),
      );
    });

    it('prints both notes when the holder of the key has signed two histories of one size', async () => {
      rewrite(22);
      log.checkpoints = log.checkpoints.filter(({ size }) => size < 25);
      log.checkpoints.push(await checkpoint(25, rootNow()));
      const verdict = await log.verify(full);
      expect(verdict).toMatchObject({ verdict: 'split_view', exitCode: 1 });
      const [finding] = verdict.findings;
      expect(finding.notes).toEqual([await log.signed.anchors[0].read(25), log.checkpoints[3].note]);
    });

    it('prints both notes when a later signed root does not contain an earlier one', async () => {
      rewrite(8);
      log.checkpoints = [log.checkpoints[0], await checkpoint(25, rootNow())];
      await new DirectoryAnchor(log.signed.folder).put(25, log.checkpoints[1].note);
      const verdict = await log.verify(full, {
        anchors: [...log.signed.anchors, new DirectoryAnchor(log.signed.folder)],
      });
      expect(verdict.verdict).toBe('split_view');
      expect(verdict.findings[0].notes?.[0]).toContain('\n12\n');
      expect(verdict.findings[0].notes?.[1]).toBe(log.checkpoints[1].note);
    });

    it('ignores checkpoints of other logs', async () => {
      const other = freshKey('example.com/other');
      log.checkpoints.push({
        ...log.checkpoints[0],
        size: 7,
        note: await sign(7, '00'.repeat(32), other, 'example.com/other'),
      });
      expect(await log.verify(full)).toMatchObject({ valid: true });
    });
  });

  it('names the record where a rewrite begins when older leaf hashes are at hand', async () => {
    const original = log.database.copy();
    const archives = [
      {
        name: 'the archive',
        leafHashes: async (tile: number) => original.readLeafHashes(tile * 256, (tile + 1) * 256),
      },
    ];
    rewrite(8);
    expect((await log.verify({}, { archives })).findings[0]).toMatchObject({
      class: 'rewritten',
      index: 8,
      reason: 'checkpoint_mismatch',
    });
    await log.reset();
    const { rows } = log.database;
    [rows[2], rows[3]] = [rows[3], rows[2]];
    log.database.renumber();
    log.database.remakeHead();
    expect((await log.verify({}, { archives })).findings).toContainEqual(
      expect.objectContaining({ class: 'reordered', index: 2, reason: 'checkpoint_mismatch' }),
    );
  });

  it('finds an old record that was replaced with its hashes when its turn comes to be read again', async () => {
    await log.verify();
    rewrite(3);
    log.database.head = { ...log.database.head, ...(await log.signed.storage.ledger.readHead()) };
    log.database.streams = await log.signed.storage.ledger.readStreams();
    expect(await log.verify({ rolling: 0 })).toMatchObject({ valid: true });
    const verdict = await log.verify({ rolling: 1 });
    expect(verdict.valid).toBe(false);
    expect(verdict.findings).toContainEqual(
      expect.objectContaining({ class: 'rewritten', reason: 'root_mismatch', index: 0, until: 5 }),
    );
    // It is found again as long as it is there.
    expect((await log.verify({ rolling: 1 })).valid).toBe(false);
    await log.reset();
    expect(await log.verify({ rolling: 1 })).toMatchObject({ valid: true });
  });

  it('does not build on what it found to be wrong', async () => {
    await log.verify();
    const before = log.state.text;
    await log.grow(5);
    log.database.rows[27].action = 'x';
    expect(await log.verify()).toMatchObject({ valid: false, errorIndex: 27 });
    expect(JSON.parse(log.state.text ?? '')).toMatchObject({ verified: JSON.parse(before ?? '').verified });
    expect(await log.verify()).toMatchObject({ valid: false, errorIndex: 27 });
  });

  it('says that nothing was signed for too long', async () => {
    await log.grow(2, false);
    const now = () => Date.now() + 3_600_000;
    expect(await log.verify({}, { staleAfterMs: 7_200_000, now })).toMatchObject({ valid: true });
    expect(await log.verify({}, { staleAfterMs: 1_800_000, now })).toMatchObject({
      valid: false,
      verdict: 'stale',
      exitCode: 2,
      errorIndex: 25,
    });
    await log.grow(0);
    expect(await log.verify({}, { staleAfterMs: 1_800_000, now })).toMatchObject({
      verdict: 'stale',
      errorIndex: null,
    });
  });

  it('does not believe the database that a checkpoint is anchored', async () => {
    const known = log.signed.anchors;
    await log.grow(3);
    const [{ name, put, sizes, read }] = known;
    const behind = {
      name,
      put,
      sizes: async () => (await sizes.call(known[0])).slice(0, -1),
      read: read.bind(known[0]),
    };
    log.checkpoints = log.checkpoints.map((row) => ({ ...row, anchoredAt: '2999-01-01T00:00:00.000000Z' }));
    const last = (await log.database.readRange(27, 1))[0].occurredAt;
    const now = () => Date.parse(last) + 3_600_000;
    expect(await log.verify({}, { anchors: [behind], staleAfterMs: 1_800_000, now })).toMatchObject({
      verdict: 'stale',
      errorIndex: 25,
    });
  });

  it('is content under a new name after a restore, and compares what the old name signed up to there', async () => {
    const older = log.backup();
    await log.grow(6);
    await log.verify();
    Object.assign(log, older);
    expect((await log.verify()).verdict).toBe('rollback');

    const origin = 'example.com/second';
    const key = freshKey(origin);
    log.database.head.origin = origin;
    const note = await sign(25, rootNow(), key, origin);
    log.checkpoints = [
      ...log.checkpoints.filter(({ size }) => size < 25),
      { ...log.checkpoints[0], size: 25, root: rootNow(), note },
    ];
    const trust = {
      origin,
      keys: [
        ...trustKeys([key.verifierKey]).keys,
        ...trustKeys([log.signed.keys[0].verifierKey], log.signed.origin).keys.map((old) => ({ ...old, lastSize: 25 })),
      ],
    };
    // The old anchor goes on being looked at: what it says up to the restore must hold, what came later is no concern.
    expect(await log.verify({}, { trust })).toMatchObject({
      verdict: 'valid',
      newEvents: 25,
      checkpoint: { size: 25 },
    });
    expect(await log.verify({ rolling: 0 }, { trust })).toMatchObject({ verdict: 'valid', newEvents: 0 });
    rewrite(3);
    expect((await log.verify({ mode: 'full' }, { trust })).verdict).toBe('rewritten');
  });

  it('starts anew under a new name of the log, and says so', async () => {
    await log.verify();
    const verdict = await log.verify({}, { trust: { origin: 'example.com/second', keys: [] }, checkpoints: undefined });
    expect(verdict.unchecked).toContainEqual(expect.stringContaining(`the log "${log.signed.origin}"`));
    expect(verdict.newEvents).toBe(25);
  });
});
