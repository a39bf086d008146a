import { AuditVerifier } from '../../lib/verification/history/audit-verifier.js';
import type { AuditVerdict } from '../../lib/verification/history/audit-verdict.interface.js';
import { RowVerifierStateStore } from '../../lib/verification/history/row.verifier-state-store.js';
import { formatCheckpoint } from '../../lib/verification/notes/checkpoint.js';
import { signNoteAsync } from '../../lib/verification/notes/sign-note.js';
import { trustKeys } from '../../lib/verification/trust/parse-trust.js';
import type { FindingClass } from '../../lib/verification/verifier/finding.interface.js';
import { LogCopy } from '../support/log-copy.js';
import { publisherOf } from '../support/publisher.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';
import { freshKey, SignedLog } from '../support/signed-log.js';
import { TestState } from '../support/verified-log.js';
import { LogTables } from './log-tables.js';
import type { TamperedLog, TamperHarness } from './tamper.harness.js';

const CHECKPOINTS = [5, 12, 21] as const;
const SIZE = 24;

interface Attack {
  readonly name: string;
  readonly change: () => Promise<unknown>;
  readonly class: FindingClass;
  readonly index: number | null;
  readonly column?: string;
}

/** What somebody with all rights on the database can do to a log that is signed and anchored. */
export function describeHistoryTampering(harness: TamperHarness): void {
  describe(`a signed and anchored log on ${harness.name}`, () => {
    let log: TamperedLog;
    let tables: LogTables;
    let signed: SignedLog;
    let memory: string;
    let backup: Awaited<ReturnType<LogTables['dump']>>;

    beforeAll(async () => {
      log = await harness.create();
      tables = new LogTables(log);
      signed = new SignedLog(log.storage);
      const author = new LogAuthor(log.storage.ledger);
      const { publisher } = publisherOf(signed);
      let size = 0;
      for (const next of CHECKPOINTS) {
        await author.seal(variedEvents(next - size, size));
        size = next;
        await publisher.publish();
        if (next === 12) backup = await tables.dump();
      }
      await author.seal(variedEvents(SIZE - size, size));
      const state = new TestState();
      expect(await verify(state)).toMatchObject({ verdict: 'valid', checkpoint: { size: 21 } });
      memory = state.text as string;
    }, 60_000);

    afterAll(async () => {
      signed.drop();
      await log.drop();
    });

    const verify = (state = new TestState(), storage = log.storage, mode?: 'full'): Promise<AuditVerdict> =>
      new AuditVerifier({
        log: storage.ledger,
        trust: { ...trustKeys(signed.keys.map(({ verifierKey }) => verifierKey)), eventKeys: [] },
        checkpoints: storage.checkpoints,
        anchors: signed.anchors,
        state,
      }).verify({ rolling: 1, mode });

    /** Forges a copy of the records, puts it into the database. */
    const forged = async (forge: (copy: LogCopy) => void) => {
      const copy = await LogCopy.of(log.storage.ledger);
      forge(copy);
      await tables.install(copy);
    };
    const sql =
      (statement: string, ...params: (string | number | null)[]) =>
      () =>
        log.sql(statement, ...params);
    const foreignNote = (size: number) =>
      signNoteAsync(formatCheckpoint({ origin: signed.origin, size: BigInt(size), root: Buffer.alloc(32, 7) }), [
        freshKey(),
      ]);

    const attacks: Attack[] = [
      { name: 'a record changed', change: () => edit(7), class: 'modified', index: 7 },
      {
        name: 'a column changed',
        change: sql("UPDATE audit_event SET outcome = 'x' WHERE log_index = 9"),
        class: 'projection_drift',
        index: 9,
        column: 'outcome',
      },
      {
        name: 'a section changed',
        change: sql("UPDATE audit_event SET sections = '{}' WHERE log_index = 1"),
        class: 'section_mismatch',
        index: 1,
      },
      {
        name: 'a signature invented',
        change: sql("UPDATE audit_event SET signature = 'x' WHERE log_index = 3"),
        class: 'malformed',
        index: 3,
        column: 'signature',
      },
      {
        name: 'a record deleted',
        change: sql('DELETE FROM audit_event WHERE log_index = 13'),
        class: 'missing',
        index: 13,
      },
      {
        name: 'a record copied behind the end',
        change: () => forged(({ rows }) => rows.push({ ...rows[4], logIndex: SIZE, eventId: 'copy', sequence: 9_999 })),
        class: 'inserted',
        index: SIZE,
      },
      { name: 'records swapped', change: () => forged((copy) => swap(copy, 4, 7)), class: 'reordered', index: 4 },
      {
        name: 'records deleted at the end',
        change: sql('DELETE FROM audit_event WHERE log_index >= 20'),
        class: 'truncated',
        index: 20,
      },
      {
        name: 'the end cut off cleanly',
        change: () =>
          forged((copy) => {
            copy.rows.splice(17);
            copy.rechain();
            copy.remakeHead();
          }),
        class: 'truncated',
        index: 17,
      },
      {
        name: 'a whole stream removed, the rest chained anew',
        change: () =>
          forged((copy) => {
            copy.rows = copy.rows.filter(({ stream }) => stream === 'main');
            copy.rechain();
            copy.remakeHead();
          }),
        class: 'truncated',
        index: 18,
      },
      {
        name: 'everything chained anew from a changed record on',
        change: () =>
          forged((copy) => {
            copy.editRecord(14, { outcome: 'failure' });
            copy.rows[14].outcome = 'failure';
            copy.rechain();
            copy.remakeHead();
          }),
        class: 'rewritten',
        index: 12,
      },
      {
        name: 'an invented record, everything behind it chained anew',
        change: () =>
          forged((copy) => {
            copy.rows.splice(6, 0, { ...copy.rows[2], eventId: 'invented' });
            copy.editRecord(6, { id: 'invented' });
            copy.rechain();
            copy.remakeHead();
          }),
        class: 'rewritten',
        index: 5,
      },
      {
        name: 'the head changed',
        change: sql(`UPDATE audit_head SET root = '${'0'.repeat(64)}'`),
        class: 'modified',
        index: null,
        column: 'audit_head.root',
      },
      {
        name: 'the origin changed',
        change: sql("UPDATE audit_head SET origin = 'example.com/other'"),
        class: 'projection_drift',
        index: null,
        column: 'audit_head.origin',
      },
      {
        name: 'a stream changed',
        change: sql("UPDATE audit_stream SET last_hash = 'x' WHERE name = 'main'"),
        class: 'projection_drift',
        index: null,
        column: 'audit_stream.last_hash',
      },
      { name: 'a database restored from a backup', change: () => tables.restore(backup), class: 'rollback', index: 12 },
      {
        name: 'a checkpoint removed',
        change: sql('DELETE FROM audit_checkpoint WHERE size = 12'),
        class: 'missing',
        index: null,
        column: 'audit_checkpoint.size',
      },
      {
        name: 'all checkpoints removed',
        change: sql('DELETE FROM audit_checkpoint'),
        class: 'missing',
        index: null,
        column: 'audit_checkpoint.size',
      },
      {
        name: 'the note of a checkpoint changed',
        change: sql("UPDATE audit_checkpoint SET note = REPLACE(note, '12', '13') WHERE size = 12"),
        class: 'bad_signature',
        index: null,
        column: 'audit_checkpoint.note',
      },
      {
        name: 'the note of a checkpoint emptied',
        change: sql("UPDATE audit_checkpoint SET note = '' WHERE size = 12"),
        class: 'malformed',
        index: null,
        column: 'audit_checkpoint.note',
      },
      {
        name: 'the root of a checkpoint changed',
        change: sql("UPDATE audit_checkpoint SET root = '' WHERE size = 12"),
        class: 'projection_drift',
        index: null,
        column: 'audit_checkpoint.root',
      },
      {
        name: 'the size of a checkpoint changed',
        change: sql('UPDATE audit_checkpoint SET size = 13 WHERE size = 12'),
        class: 'projection_drift',
        index: null,
        column: 'audit_checkpoint.size',
      },
      {
        name: 'a checkpoint of a foreign key',
        change: async () => log.sql('UPDATE audit_checkpoint SET note = ? WHERE size = 12', await foreignNote(12)),
        class: 'unknown_key',
        index: null,
        column: 'audit_checkpoint.note',
      },
    ];

    const edit = (index: number) => forged((copy) => copy.editRecord(index, { outcome: 'failure' }));

    it.each(attacks.map((attack) => [attack.name, attack] as const))('%s', async (_, attack) => {
      await tables.during(attack.change, async () => {
        for (const state of [new TestState(), new TestState(memory)]) {
          const verdict = await verify(state, log.storage, 'full');
          expect(verdict).toMatchObject({ valid: false, exitCode: attack.class === 'unknown_key' ? 2 : 1 });
          expect(verdict.findings[0]).toMatchObject({
            class: attack.class,
            index: attack.index,
            ...(attack.column === undefined ? {} : { column: attack.column }),
          });
          const incremental = await verify(new TestState(state.text), log.storage);
          expect(incremental).toMatchObject({ valid: false });
        }
        // The memory alone, reading every old record again, is no less sharp.
        expect(await verify(new TestState(memory))).toMatchObject({ valid: false });
      });
    });

    it('finds nothing in a log that was only used, reopened and verified by several', async () => {
      const storage = await log.reopen();
      const row = new RowVerifierStateStore(storage.states!);
      const states = [new TestState(), new TestState(memory), row as unknown as TestState];
      const verdicts = await Promise.all(states.flatMap((state) => [verify(state), verify(state, storage, 'full')]));
      for (const verdict of verdicts) expect(verdict).toMatchObject({ verdict: 'valid', findings: [] });
      expect(await storage.states!.read('verifier')).toContain('"format":1');
    });
  });
}

function swap({ rows, ...copy }: LogCopy, a: number, b: number): void {
  [rows[a], rows[b]] = [rows[b], rows[a]];
  rows.forEach((row, index) => (row.logIndex = index));
  void copy;
}
