import { mysqlRowDialect } from './mysql-row.dialect.js';
import { postgresRowDialect } from './postgres-row.dialect.js';
import type { RowDialect } from './row-dialect.interface.js';
import { sqliteRowDialect } from './sqlite-row.dialect.js';

/** TypeORM's name of a driver to the way its rows are read. */
const DIALECTS: Readonly<Record<string, RowDialect>> = {
  postgres: postgresRowDialect,
  mysql: mysqlRowDialect,
  mariadb: mysqlRowDialect,
  'better-sqlite3': sqliteRowDialect,
};

/** @returns undefined for databases whose entity changes cannot be recorded */
export function rowDialectOf(dataSourceType: string): RowDialect | undefined {
  return DIALECTS[dataSourceType];
}
