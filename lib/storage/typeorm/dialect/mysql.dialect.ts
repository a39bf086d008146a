import type { StoreErrorReason } from '../../../ledger/store.error.js';
import { driverErrorOf, isNetworkError } from './driver-error.js';
import type { SqlDialect } from './sql-dialect.interface.js';
import { insertInto, withoutKeys } from './sql-text.js';

/** Error numbers. @see https://dev.mysql.com/doc/mysql-errors/8.4/en/server-error-reference.html */
const REASONS: readonly (readonly [readonly number[], StoreErrorReason])[] = [
  [[1213, 1020], 'conflict'],
  [[1205, 3572, 3024, 1969, 1317], 'busy'],
  [[1062, 1586], 'duplicate'],
  [[1406, 1366, 1264, 1265, 1048, 1300, 1292, 3819, 4025, 1118, 1153, 3988], 'refused'],
  [[1021, 1114, 1041, 1037, 1038, 1015, 3019], 'full'],
  [[1040, 1203, 1226, 1053, 1927, 4031, 1290, 1836, 1045, 1044, 1129, 1130], 'connection'],
  [[1146, 1054, 1049, 1142, 1143], 'schema'],
];
const CONNECTION_LOST =
  /connection (is in closed state|lost)|closed state|Connection terminated|connection was killed/i;
const POOL_ENDED = /Pool is closed|Connection is not established|DataSource is not/i;

/** MySQL and MariaDB through mysql2. */
export const mysqlDialect: SqlDialect = {
  name: 'mysql',
  forUpdate: 'FOR UPDATE',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  bigint: 'BIGINT',
  bytes: 'LONGBLOB',

  placeholders: (sql) => sql,
  quote: (identifier) => `\`${identifier.replaceAll('`', '``')}\``,

  // MariaDB has no row alias, so VALUES() it is; MySQL 8 still takes it.
  upsert(table, columns, keys, update = withoutKeys(columns, keys), rows = 1) {
    const assignments = update.map((column) => `${column} = VALUES(${column})`).join(', ');
    return `${insertInto(table, columns, rows)} ON DUPLICATE KEY UPDATE ${assignments}`;
  },
  insertIgnore: (table, columns, rows = 1) =>
    insertInto(table, columns, rows).replace(/^INSERT INTO/, 'INSERT IGNORE INTO'),

  classify(error) {
    const inner = driverErrorOf(error);
    const { code = '', errno, message = '' } = inner;
    if (POOL_ENDED.test(message)) return 'closed';
    if (isNetworkError(inner) || code.startsWith('PROTOCOL_') || CONNECTION_LOST.test(message)) return 'connection';
    return REASONS.find(([numbers]) => errno !== undefined && numbers.includes(errno))?.[1] ?? 'unknown';
  },
};
