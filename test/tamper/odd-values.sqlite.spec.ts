import type { FindingClass } from '../../lib/verification/verifier/finding.interface.js';
import { Verifier } from '../../lib/verification/verifier/verifier.js';
import { LogAuthor, variedEvents } from '../support/sealed-log.js';
import { sqliteTampering } from './tamper.harness.js';
import type { TamperedLog } from './tamper.harness.js';

const SIZE = 14;

interface OddValue {
  readonly name: string;
  readonly sql: readonly string[];
  readonly class: FindingClass;
  readonly index: number | null;
  readonly column?: string;
}

const bytesOf = (column: string) => `${column} = CAST(${column} AS BLOB)`;
const event = (assignment: string) => [`UPDATE audit_event SET ${assignment} WHERE log_index = 3`];
const head = (assignment: string) => [`UPDATE audit_head SET ${assignment}`];
const stream = (assignment: string) => [`UPDATE audit_stream SET ${assignment} WHERE name = 'main'`];
const malformedHead = { class: 'malformed', index: null, column: 'audit_head' } as const;
const malformedStream = { class: 'malformed', index: null, column: 'audit_stream' } as const;
const malformedRow = { class: 'malformed', index: 3 } as const;

/** SQLite keeps a value of any type in any column. What only reads like the right value is another one to SQL. */
const ODD_VALUES: readonly OddValue[] = [
  { name: 'a sequence as bytes', sql: event(bytesOf('sequence')), ...malformedRow },
  { name: 'a sequence in hex', sql: event("sequence = '0x' || sequence"), ...malformedRow },
  { name: 'a sequence as text', sql: event("sequence = 'abc'"), ...malformedRow },
  { name: 'a sequence with a fraction', sql: event('sequence = 3.5'), ...malformedRow },
  { name: 'a record as bytes', sql: event(bytesOf('record')), ...malformedRow, column: 'record' },
  {
    name: 'a record and its leaf hash as bytes',
    sql: event(`${bytesOf('record')}, ${bytesOf('leaf_hash')}`),
    ...malformedRow,
    column: 'record',
  },
  { name: 'a leaf hash as bytes', sql: event(bytesOf('leaf_hash')), class: 'modified', index: 3, column: 'leaf_hash' },
  { name: 'a hash as bytes', sql: event(bytesOf('hash')), class: 'modified', index: 3, column: 'hash' },
  {
    name: 'sections as bytes',
    sql: ['UPDATE audit_event SET sections = CAST(sections AS BLOB) WHERE log_index = 1'],
    class: 'section_mismatch',
    index: 1,
  },
  {
    name: 'a NUL behind an id',
    sql: event("actor_id = actor_id || char(0) || 'x'"),
    class: 'projection_drift',
    index: 3,
    column: 'actor_id',
  },
  { name: 'an emptied record', sql: event("record = ''"), class: 'modified', index: 3, column: 'record' },
  { name: 'a size as bytes', sql: head(bytesOf('size')), ...malformedHead },
  { name: 'a size in hex', sql: head("size = '0x0e'"), ...malformedHead },
  { name: 'a size beyond 2^53', sql: head('size = 9007199254740993'), ...malformedHead },
  { name: 'a compact range as bytes', sql: head(bytesOf('compact_range')), ...malformedHead },
  { name: 'a root as bytes', sql: head(bytesOf('root')), ...malformedHead },
  { name: 'a time as bytes', sql: head(bytesOf('created_at')), ...malformedHead },
  { name: 'a mark as bytes', sql: head(bytesOf('discarded_below')), ...malformedHead },
  { name: 'a next sequence as bytes', sql: stream(bytesOf('next_sequence')), ...malformedStream },
  { name: 'a next sequence as text', sql: stream("next_sequence = 'abc'"), ...malformedStream },
  { name: 'a next sequence beyond 2^53', sql: stream('next_sequence = 9007199254740993'), ...malformedStream },
  {
    name: 'a position below any that can be read',
    sql: ['UPDATE audit_event SET log_index = -9223372036854775807 WHERE log_index = 3'],
    class: 'inserted',
    index: Number.MIN_SAFE_INTEGER,
  },
  {
    name: 'all positions beyond 2^53',
    sql: ['UPDATE audit_event SET log_index = log_index + 9007199254740993'],
    class: 'missing',
    index: 0,
  },
  {
    name: 'a second head, after the constraints were taken away',
    sql: [
      'CREATE TABLE other AS SELECT * FROM audit_head',
      'DROP TABLE audit_head',
      'ALTER TABLE other RENAME TO audit_head',
      'INSERT INTO audit_head SELECT * FROM audit_head',
    ],
    ...malformedHead,
  },
  ...[
    ['no position', 'NULL', 'inserted', Number.MIN_SAFE_INTEGER],
    ['text for a position', "'zz'", 'inserted', SIZE],
    ['a position between two others', '3.5', 'inserted', 3],
    ['a position that is taken', '3', 'inserted', 3],
  ].map(([name, position, kind, index]) => ({
    name: `a record with ${name}, after the constraints were taken away`,
    sql: [
      'CREATE TABLE other AS SELECT * FROM audit_event',
      'DROP TABLE audit_event',
      'ALTER TABLE other RENAME TO audit_event',
      'INSERT INTO audit_event SELECT * FROM audit_event WHERE log_index = 3',
      `UPDATE audit_event SET log_index = ${position} WHERE rowid = ${SIZE + 1}`,
    ],
    class: kind as FindingClass,
    index: index as number,
  })),
];

describe('values that SQLite keeps and nobody wrote', () => {
  let log: TamperedLog;

  beforeEach(async () => {
    log = await sqliteTampering.create();
    await log.sql('DROP TRIGGER audit_head_no_undiscard');
    await new LogAuthor(log.storage.ledger).seal(variedEvents(SIZE));
  });
  afterEach(() => log.drop());

  it.each(ODD_VALUES.map((value) => [value.name, value] as const))('%s', async (_, { sql, ...expected }) => {
    for (const statement of sql) await log.sql(statement);
    const result = await new Verifier(log.storage.ledger, { eventKeys: [] }).verify();
    const { index, column } = expected;
    expect(result.findings[0]).toMatchObject({ class: expected.class, index, ...(column && { column }) });
  });
});
