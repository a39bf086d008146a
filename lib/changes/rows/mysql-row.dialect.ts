import type { ColumnMetadata } from '../typeorm/metadata.types.js';
import { boolean, digest, geometry, json, list, number, text, timestamp } from './readers.js';
import type { ColumnReader } from './readers.js';
import { declaredType } from './row-dialect.interface.js';
import type { RowDialect } from './row-dialect.interface.js';

/** Text, whatever the application has told the driver about numbers, dates and JSON. */
const castText = text((column) => `CAST(${column} AS CHAR)`);

const DATETIME = timestamp((column) => `DATE_FORMAT(${column}, '%Y-%m-%dT%H:%i:%s.%f')`);
/** Seconds since 1970: the only form of a TIMESTAMP that no session's time zone touches. */
const TIMESTAMP: ColumnReader = {
  sql: (column) => `CAST(UNIX_TIMESTAMP(${column}) AS CHAR)`,
  value: (raw) => {
    const [seconds, fraction = ''] = String(raw).split('.');
    const micros = fraction.padEnd(6, '0').slice(0, 6);
    const whole = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
    return `${whole}.${micros.endsWith('000') ? micros.slice(0, 3) : micros}Z`;
  },
  findable: false,
};
const BYTES = digest((column) => `CONCAT(LENGTH(${column}), ':', SHA2(${column}, 256))`);
const GEOMETRY = geometry((column) => `CAST(ST_AsGeoJSON(${column}) AS CHAR)`);

const READERS: Readonly<Record<string, ColumnReader>> = {
  ...each(['number', 'int', 'integer', 'tinyint', 'smallint', 'mediumint', 'year'], number()),
  ...each(['float', 'double', 'double precision', 'real'], number()),
  ...each(['boolean', 'bool'], boolean()),
  ...each(['string', 'varchar', 'nvarchar', 'char', 'nchar', 'text', 'tinytext', 'mediumtext', 'longtext'], text()),
  json: json((column) => `CAST(${column} AS CHAR)`),
  'simple-json': json(),
  ...each(['simple-array', 'set'], list()),
  date: text((column) => `DATE_FORMAT(${column}, '%Y-%m-%d')`),
  datetime: DATETIME,
  timestamp: TIMESTAMP,
  ...each(['blob', 'tinyblob', 'mediumblob', 'longblob', 'binary', 'varbinary'], BYTES),
  ...each(['geometry', 'point', 'linestring', 'polygon', 'multipoint', 'multilinestring', 'multipolygon'], GEOMETRY),
  ...each(['geometrycollection', 'geomcollection'], GEOMETRY),
  bit: text((column) => `CAST(${column} + 0 AS CHAR)`),
};

/** MySQL and MariaDB. */
export const mysqlRowDialect: RowDialect = {
  name: 'mysql',
  lockForUpdate: ' FOR UPDATE',
  lockForDelete: ' FOR UPDATE',
  lockWritten: ' FOR UPDATE',
  rowsCanAppear: true,
  maxParameters: 30_000,
  failureAborts: false,
  placeholder: () => '?',
  reader(column: ColumnMetadata) {
    if (column.type === Date) return DATETIME;
    return READERS[declaredType(column)] ?? castText;
  },
};

function each(types: readonly string[], reader: ColumnReader): Record<string, ColumnReader> {
  return Object.fromEntries(types.map((type) => [type, reader]));
}
