import type { ColumnMetadata } from '../typeorm/metadata.types.js';
import { boolean, digest, geometry, json, jsonArray, list, number, text, timestamp } from './readers.js';
import type { ColumnReader } from './readers.js';
import { declaredType } from './row-dialect.interface.js';
import type { RowDialect } from './row-dialect.interface.js';

/** Text, whatever parsers the application has set in the driver and however the session prints dates. */
const castText = text((column) => `${column}::text`);
/** `infinity` and `-infinity` are dates to PostgreSQL, but `to_char` prints nothing for them. */
const printed = (column: string, zoned: string, pattern: string) =>
  `CASE WHEN isfinite(${column}) THEN to_char(${zoned}, '${pattern}') ELSE ${column}::text END`;
const MICROSECONDS = 'YYYY-MM-DD"T"HH24:MI:SS.US';

const DATE = text((column) => printed(column, column, 'YYYY-MM-DD'));
const TIMESTAMP = timestamp((column) => printed(column, column, MICROSECONDS));
const TIMESTAMP_TZ = timestamp((column) => printed(column, `${column} AT TIME ZONE 'UTC'`, `${MICROSECONDS}"Z"`));
const GEOMETRY = geometry((column) => `ST_AsGeoJSON(${column})::text`);

const READERS: Readonly<Record<string, ColumnReader>> = {
  ...each(['number', 'int', 'int2', 'int4', 'integer', 'smallint', 'float', 'float4', 'float8'], number()),
  ...each(['real', 'double precision'], number()),
  ...each(['boolean', 'bool'], boolean()),
  ...each(
    ['json', 'jsonb'],
    json((column) => `${column}::text`),
  ),
  'simple-json': json(),
  'simple-array': list(),
  date: DATE,
  ...each(['timestamp', 'timestamp without time zone', 'datetime'], TIMESTAMP),
  ...each(['timestamptz', 'timestamp with time zone'], TIMESTAMP_TZ),
  bytea: digest((column) => `octet_length(${column}) || ':' || encode(sha256(${column}), 'hex')`),
  ...each(['geometry', 'geography'], GEOMETRY),
};

const ARRAY = jsonArray((column) => `array_to_json(${column})::text`);

/**
 * The row's `xmin` as a 64-bit number. Savepoints have numbers of their own, above the transaction's, hence the margin.
 */
const NEAR = '(txid_current() + 1000000)';
const XMIN = `(${NEAR} - ((${NEAR} - xmin::text::bigint) & 4294967295))`;

/** PostgreSQL. */
export const postgresRowDialect: RowDialect = {
  name: 'postgres',
  // Not FOR UPDATE: that would wait for transactions that only hold a foreign key on the row.
  lockForUpdate: ' FOR NO KEY UPDATE',
  lockForDelete: ' FOR UPDATE',
  lockWritten: '',
  // What is visible and in progress is our own; an upsert leaves its lock in `xmax` when it updates.
  origin:
    `CASE WHEN txid_status(${XMIN}) IS DISTINCT FROM 'in progress' THEN 'foreign' ` +
    `WHEN xmax::text = '0' THEN 'inserted' ELSE 'updated' END`,
  rowsCanAppear: true,
  maxParameters: 30_000,
  failureAborts: true,
  placeholder: (position) => `$${position}`,
  reader(column: ColumnMetadata) {
    if (column.isArray) return ARRAY;
    // JavaScript's Date stands for the type that the driver would create for it, which has no zone.
    if (column.type === Date) return TIMESTAMP;
    return READERS[declaredType(column)] ?? castText;
  },
};

function each(types: readonly string[], reader: ColumnReader): Record<string, ColumnReader> {
  return Object.fromEntries(types.map((type) => [type, reader]));
}
