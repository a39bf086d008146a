import { StoreError } from '../../../ledger/store.error.js';
import { mysqlDialect } from './mysql.dialect.js';
import { postgresDialect } from './postgres.dialect.js';
import type { SqlDialect } from './sql-dialect.interface.js';
import { sqliteDialect } from './sqlite.dialect.js';

export { mysqlDialect, postgresDialect, sqliteDialect };
export type { SqlDialect, SqlDialectName } from './sql-dialect.interface.js';

/** TypeORM's name of a driver to our dialect. */
const DIALECTS: Readonly<Record<string, SqlDialect>> = {
  'better-sqlite3': sqliteDialect,
  postgres: postgresDialect,
  mysql: mysqlDialect,
  mariadb: mysqlDialect,
};

/** @throws StoreError for a database that the audit log does not speak to */
export function dialectOf(dataSourceType: string): SqlDialect {
  const dialect = DIALECTS[dataSourceType];
  if (dialect) return dialect;
  throw new StoreError(
    `The audit log cannot be kept through a TypeORM DataSource of type "${dataSourceType}". ` +
      `Supported are ${Object.keys(DIALECTS).join(', ')}. Use one of these, or storage: { type: "sqlite" }, ` +
      'which keeps the log in a file of its own.',
    { reason: 'unknown' },
  );
}
