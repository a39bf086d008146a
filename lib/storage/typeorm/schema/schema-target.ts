import type { SqlDialectName } from '../dialect/index.js';

/** The database for which the schema is written. */
export interface SchemaTarget {
  readonly dialect: SqlDialectName;
  /** MySQL, MariaDB: a collation that compares code points and does not pad, so `a`, `A` and `a ` are three texts. */
  readonly collation?: string;
}

/** Runs a query and gives its rows. */
export type QueryRows = (sql: string) => Promise<readonly unknown[]>;

/** Asks the server what the schema depends on. */
export async function findSchemaTarget(dialect: SqlDialectName, query: QueryRows): Promise<SchemaTarget> {
  if (dialect !== 'mysql') return { dialect };
  const [{ version }] = (await query('SELECT VERSION() AS version')) as [{ version: string }];
  return { dialect, collation: /mariadb/i.test(version) ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin' };
}
