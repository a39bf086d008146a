import type { StoreErrorReason } from '../../../ledger/store.error.js';
import { driverErrorOf, isNetworkError } from './driver-error.js';
import type { SqlDialect } from './sql-dialect.interface.js';
import { insertInto, numberPlaceholders, withoutKeys } from './sql-text.js';

/**
 * SQLSTATE prefixes, first match wins. @see https://www.postgresql.org/docs/current/errcodes-appendix.html
 * 25006 (read-only transaction) is what a demoted primary answers: the connection leads to the wrong server.
 */
const REASONS: readonly (readonly [string, StoreErrorReason])[] = [
  ['40', 'conflict'],
  ['55P03', 'busy'],
  ['57014', 'busy'],
  ['23505', 'duplicate'],
  ['22', 'refused'],
  ['23', 'refused'],
  ['54', 'refused'],
  ['53300', 'connection'],
  ['53', 'full'],
  ['58030', 'full'],
  ['08', 'connection'],
  ['57P', 'connection'],
  ['25006', 'connection'],
  ['25P03', 'connection'],
  ['25P04', 'connection'],
  ['42P01', 'schema'],
  ['42703', 'schema'],
  ['42501', 'schema'],
  ['3F000', 'schema'],
];
/** What `pg` and its pool say without a code. */
const CONNECTION_LOST =
  /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|connection timeout|Query read timeout|QueryRunner.*released|not queryable/i;
const POOL_ENDED = /after calling end on the pool|DataSource is not (yet )?(set|initialized)|not established/i;

/** PostgreSQL through `pg`. */
export const postgresDialect: SqlDialect = {
  name: 'postgres',
  forUpdate: 'FOR UPDATE',
  skipLocked: 'FOR UPDATE SKIP LOCKED',
  bigint: 'bigint',
  bytes: 'bytea',

  placeholders: numberPlaceholders,
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,

  upsert(table, columns, keys, update = withoutKeys(columns, keys), rows = 1) {
    const assignments = update.map((column) => `${column} = excluded.${column}`).join(', ');
    return `${insertInto(table, columns, rows)} ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${assignments}`;
  },
  insertIgnore: (table, columns, rows = 1) => `${insertInto(table, columns, rows)} ON CONFLICT DO NOTHING`,

  classify(error) {
    const inner = driverErrorOf(error);
    const { code = '', message = '' } = inner;
    if (isNetworkError(inner) || CONNECTION_LOST.test(message)) return 'connection';
    if (POOL_ENDED.test(message)) return 'closed';
    return REASONS.find(([prefix]) => code.startsWith(prefix))?.[1] ?? 'unknown';
  },
};
