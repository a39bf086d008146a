import type { ColumnMetadata } from '../typeorm/metadata.types.js';
import { anything, boolean, json, list, number, text } from './readers.js';
import type { ColumnReader } from './readers.js';
import { declaredType } from './row-dialect.interface.js';
import type { RowDialect } from './row-dialect.interface.js';

/** The driver rounds integers beyond 2^53, so integers come as text. */
const exact = (column: string) =>
  `CASE typeof(${column}) WHEN 'integer' THEN CAST(${column} AS TEXT) ELSE ${column} END`;

/** SQLite keeps any type in any column. */
const ANY = anything(exact);
const BYTES: ColumnReader = { ...ANY, findable: false };
/** TypeORM stores UTC without saying so: `2026-11-21 20:44:00.123`, or whole seconds where SQLite made the value. */
const DATETIME: ColumnReader = {
  sql: exact,
  value: (raw) => {
    const match = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d{1,6})?$/.exec(String(raw));
    return match ? `${match[1]}T${match[2]}${(match[3] ?? '.').padEnd(4, '0')}Z` : ANY.value(raw);
  },
  findable: false,
};

const READERS: Readonly<Record<string, ColumnReader>> = {
  ...each(['number', 'int', 'integer', 'tinyint', 'smallint', 'mediumint', 'int2'], number(exact)),
  ...each(['real', 'double', 'double precision', 'float'], number()),
  ...each(['bigint', 'unsigned big int', 'int8', 'decimal', 'numeric'], text(exact)),
  boolean: boolean(),
  datetime: DATETIME,
  ...each(['json', 'simple-json'], json()),
  // Kept in a binary form of SQLite's own.
  jsonb: json((column) => `json(${column})`),
  'simple-array': list(),
  ...each(['blob', 'buffer', 'uint8array', 'arraybuffer'], BYTES),
};

/** SQLite through better-sqlite3 and other drivers with one connection. */
export const sqliteRowDialect: RowDialect = {
  name: 'sqlite',
  lockForUpdate: '',
  lockForDelete: '',
  lockWritten: '',
  claim: (table, column) => `UPDATE ${table} SET ${column} = ${column} WHERE 0`,
  rowsCanAppear: false,
  maxParameters: 30_000,
  failureAborts: false,
  placeholder: () => '?',
  reader(column: ColumnMetadata) {
    if (column.type === Date) return DATETIME;
    if (column.type === Boolean) return boolean();
    return READERS[declaredType(column)] ?? ANY;
  },
};

function each(types: readonly string[], reader: ColumnReader): Record<string, ColumnReader> {
  return Object.fromEntries(types.map((type) => [type, reader]));
}
