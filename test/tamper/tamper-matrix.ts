import type { StoredEvent } from '../../lib/ledger/ledger-store.port.js';
import type { FindingReason } from '../../lib/verification/verifier/finding.interface.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { LogCopy } from '../support/log-copy.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';
import { FORGERIES } from './forgeries.js';
import { LogTables } from './log-tables.js';
import type { TamperedLog, TamperHarness } from './tamper.harness.js';

const SIZE = 14;

/** Every column of `audit_event`: what it is changed to, and the reason that must be given. */
const EVENT_COLUMNS: Readonly<Record<string, { to: (row: StoredEvent) => string | number; reason: FindingReason }>> = {
  log_index: { to: (row) => row.logIndex + 1000, reason: 'missing' },
  event_id: { to: () => '00000000-0000-7000-8000-000000000000', reason: 'projection_drift' },
  stream: { to: (row) => `${row.stream}x`, reason: 'projection_drift' },
  sequence: { to: (row) => row.sequence + 1000, reason: 'projection_drift' },
  record: { to: (row) => row.record.replace('"v":1', '"v":2'), reason: 'hash_mismatch' },
  hash: { to: ({ hash }) => flip(hash), reason: 'hash_mismatch' },
  leaf_hash: { to: ({ leafHash }) => flip(leafHash), reason: 'hash_mismatch' },
  signature: { to: () => '{"alg":"ed25519","keyId":"k","sig":"AAAA"}', reason: 'unknown_key' },
  sections: { to: ({ sections }) => (sections === null ? '{}' : flip(sections)), reason: 'section_mismatch' },
  occurred_at: { to: () => '2001-01-01T00:00:00.000000Z', reason: 'projection_drift' },
  action: { to: ({ action }) => `${action} `, reason: 'projection_drift' },
  outcome: { to: ({ outcome }) => outcome.toUpperCase(), reason: 'projection_drift' },
  severity: { to: () => 'none', reason: 'projection_drift' },
  actor_id: { to: () => 'mallory', reason: 'projection_drift' },
  actor_type: { to: () => 'nobody', reason: 'projection_drift' },
  resource_type: { to: () => 'other', reason: 'projection_drift' },
  resource_id: { to: () => 'other', reason: 'projection_drift' },
  tenant_id: { to: () => '', reason: 'projection_drift' },
  request_id: { to: () => 'other', reason: 'projection_drift' },
  correlation_id: { to: () => 'other', reason: 'projection_drift' },
};

/** The other columns: SQL, the reason, the column that must be named. */
const OTHER_COLUMNS: readonly [string, string, FindingReason, string | undefined][] = [
  ['a larger size', 'UPDATE audit_head SET size = size + 1', 'projection_drift', 'audit_head.size'],
  ['a smaller size', 'UPDATE audit_head SET size = size - 1', 'projection_drift', 'audit_head.size'],
  ['no size', 'UPDATE audit_head SET size = 0', 'projection_drift', 'audit_head.size'],
  ['another root', `UPDATE audit_head SET root = '${'0'.repeat(64)}'`, 'root_mismatch', 'audit_head.root'],
  ['no root', "UPDATE audit_head SET root = ''", 'root_mismatch', 'audit_head.root'],
  ['no compact range', "UPDATE audit_head SET compact_range = ''", 'malformed', 'audit_head.compact_range'],
  [
    'another compact range',
    `UPDATE audit_head SET compact_range = REPLACE(compact_range, ',', ',${'0'.repeat(64)},')`,
    'malformed',
    'audit_head.compact_range',
  ],
  [
    'a shuffled compact range',
    `UPDATE audit_head SET compact_range = '${Array.from({ length: 3 }, () => '0'.repeat(64)).join(',')}'`,
    'root_mismatch',
    'audit_head.compact_range',
  ],
  ['another time', "UPDATE audit_head SET created_at = ''", 'projection_drift', 'audit_head.created_at'],
  ['another origin', "UPDATE audit_head SET origin = 'example.com/other'", 'projection_drift', 'audit_head.origin'],
  ['no head', 'DELETE FROM audit_head', 'missing', 'audit_head'],
  [
    'a stream renamed',
    "UPDATE audit_stream SET name = 'x' WHERE name = 'main'",
    'projection_drift',
    'audit_stream.name',
  ],
  [
    'a longer stream',
    "UPDATE audit_stream SET next_sequence = next_sequence + 1 WHERE name = 'main'",
    'projection_drift',
    'audit_stream.next_sequence',
  ],
  [
    'a shorter stream',
    "UPDATE audit_stream SET next_sequence = next_sequence - 1 WHERE name = 'main'",
    'projection_drift',
    'audit_stream.next_sequence',
  ],
  [
    'another last hash',
    `UPDATE audit_stream SET last_hash = '${'0'.repeat(64)}' WHERE name = 'main'`,
    'projection_drift',
    'audit_stream.last_hash',
  ],
  [
    'no last hash',
    "UPDATE audit_stream SET last_hash = NULL WHERE name = 'main'",
    'projection_drift',
    'audit_stream.last_hash',
  ],
  ['a stream gone', "DELETE FROM audit_stream WHERE name = 'main'", 'projection_drift', 'audit_stream.name'],
  [
    'a stream too many',
    "INSERT INTO audit_stream (name, next_sequence, last_hash) VALUES ('ghost', 3, 'x')",
    'projection_drift',
    'audit_stream.name',
  ],
];

/** What somebody with all rights on the database can do to a log of the spine, and what must be said of it. */
export function describeTampering(harness: TamperHarness): void {
  describe(`tampering on ${harness.name}`, () => {
    let log: TamperedLog;
    let tables: LogTables;
    let rows: readonly StoredEvent[];

    beforeAll(async () => {
      log = await harness.create();
      tables = new LogTables(log);
      const author = new LogAuthor(log.storage.ledger);
      await author.seal(variedEvents(5));
      await author.seal(variedEvents(SIZE - 5, 5));
      rows = await log.storage.ledger.readRange(0, SIZE);
    });

    afterEach(async () => {
      expect(await verdict()).toMatchObject({ valid: true, totalEvents: SIZE, findings: [] });
    });

    afterAll(() => log.drop());

    const verdict = (options = {}) =>
      new Verifier(log.storage.ledger, { origin: 'example.com/log', eventKeys: [] }).verify(options);

    const during = (change: () => Promise<unknown>, check: () => Promise<unknown>) => tables.during(change, check);

    it.each(FORGERIES.map((forgery) => [forgery.name, forgery] as const))('finds %s', async (_, { forge }) => {
      const original = await LogCopy.of(log.storage.ledger);
      for (const index of [0, 4, 5, SIZE - 2]) {
        const copy = original.copy();
        const expected = forge(copy, index);
        if (!expected) continue;
        await during(
          () => tables.install(copy),
          async () => expect((await verdict()).findings[0]).toMatchObject(expected),
        );
      }
    });

    it.each(Object.keys(EVENT_COLUMNS))('finds a change of %s in every row', async (column) => {
      const { to, reason } = EVENT_COLUMNS[column];
      for (const row of rows) {
        const { logIndex } = row;
        await log.sql(`UPDATE audit_event SET ${column} = ? WHERE log_index = ?`, to(row), logIndex);
        const options = { all: logIndex % 2 === 0 };
        const result = await verdict(options);
        const moved = column === 'log_index' ? logIndex + 1000 : logIndex;
        const before = column === 'log_index' ? logIndex : originalOf(row, column);
        await log.sql(`UPDATE audit_event SET ${column} = ? WHERE log_index = ?`, before, moved);
        expect(result).toMatchObject({ valid: false, errorIndex: logIndex, reason });
        const findings =
          column === 'log_index'
            ? [
                { reason, index: logIndex },
                { reason: 'inserted', index: moved, eventId: row.eventId },
              ]
            : [{ reason, index: logIndex, column, eventId: row.eventId }];
        expect(result.findings).toMatchObject(options.all ? findings : findings.slice(0, 1));
      }
    });

    it.each(OTHER_COLUMNS)('finds %s', async (_, statement, reason, column) => {
      await during(
        () => log.sql(statement),
        async () => {
          const result = await verdict();
          expect(result).toMatchObject({ valid: false, reason });
          expect(result.findings[0].column).toBe(column);
          expect(await verdict({ all: false })).toMatchObject({ valid: false, reason });
        },
      );
    });

    it('finds each row deleted', async () => {
      for (const { logIndex } of rows) {
        await during(
          () => log.sql('DELETE FROM audit_event WHERE log_index = ?', logIndex),
          async () => {
            const result = await verdict();
            const reason = logIndex === SIZE - 1 ? 'truncated' : 'missing';
            expect(result).toMatchObject({ valid: false, errorIndex: logIndex, reason, totalFindings: 1 });
          },
        );
      }
    });

    it('finds every truncation', async () => {
      for (let size = 0; size < SIZE; size++) {
        await during(
          () => log.sql('DELETE FROM audit_event WHERE log_index >= ?', size),
          async () => {
            const result = await verdict();
            expect(result).toMatchObject({ valid: false, errorIndex: size, reason: 'truncated', totalFindings: 1 });
          },
        );
      }
    });
  });
}

function originalOf(row: StoredEvent, column: string): string | number | null {
  const property = column.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return row[property as keyof StoredEvent];
}

function flip(text: string): string {
  const last = text.length - 3;
  return `${text.slice(0, last)}${text[last] === '0' ? '1' : '0'}${text.slice(last + 1)}`;
}
