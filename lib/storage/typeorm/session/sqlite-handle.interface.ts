/** What is used of a better-sqlite3 statement. */
export interface SqliteStatement {
  /** Whether the statement gives rows. */
  readonly reader: boolean;
  /** Whether the statement changes nothing. */
  readonly readonly: boolean;
  run(...params: unknown[]): { changes: number; lastInsertRowid: number | bigint };
  all(...params: unknown[]): unknown[];
  get(...params: unknown[]): unknown;
}

/** What is used of a better-sqlite3 database. Everything is synchronous. */
export interface SqliteHandle {
  /** Whether a transaction is open on the connection, whoever began it. */
  readonly inTransaction: boolean;
  readonly open: boolean;
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
  pragma(source: string, options?: { simple?: boolean }): unknown;
}
