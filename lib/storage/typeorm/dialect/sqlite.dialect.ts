import type { StoreErrorReason } from '../../../ledger/store.error.js';
import { driverErrorOf } from './driver-error.js';
import type { SqlDialect } from './sql-dialect.interface.js';
import { insertInto, withoutKeys } from './sql-text.js';

const REASONS: readonly (readonly [RegExp, StoreErrorReason])[] = [
  [/^SQLITE_(BUSY|LOCKED|PROTOCOL|INTERRUPT)/, 'busy'],
  [/^SQLITE_(FULL|NOMEM)/, 'full'],
  [/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY|ROWID)$/, 'duplicate'],
  [/^SQLITE_(CONSTRAINT|TOOBIG|MISMATCH|RANGE)/, 'refused'],
  [/^SQLITE_(IOERR|CANTOPEN)/, 'connection'],
];

/** SQLite through better-sqlite3. */
export const sqliteDialect: SqlDialect = {
  name: 'sqlite',
  forUpdate: '',
  skipLocked: '',
  bigint: 'INTEGER',
  bytes: 'BLOB',

  placeholders: (sql) => sql,
  quote: (identifier) => `"${identifier.replaceAll('"', '""')}"`,

  upsert(table, columns, keys, update = withoutKeys(columns, keys), rows = 1) {
    const assignments = update.map((column) => `${column} = excluded.${column}`).join(', ');
    return `${insertInto(table, columns, rows)} ON CONFLICT (${keys.join(', ')}) DO UPDATE SET ${assignments}`;
  },
  insertIgnore: (table, columns, rows = 1) => `${insertInto(table, columns, rows)} ON CONFLICT DO NOTHING`,

  classify(error) {
    const { code, message = '' } = driverErrorOf(error);
    if (/^no such (table|column)|has no column named/.test(message)) return 'schema';
    if (/database connection is not open/.test(message)) return 'closed';
    return REASONS.find(([pattern]) => pattern.test(code ?? ''))?.[1] ?? 'unknown';
  },
};
