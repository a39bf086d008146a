import type { StoreErrorReason } from '../../../ledger/store.error.js';

export type SqlDialectName = 'sqlite' | 'postgres' | 'mysql';

/** Where SQL differs between the databases. Everything else is written once, with `?` for parameters. */
export interface SqlDialect {
  readonly name: SqlDialectName;

  /** `FOR UPDATE` where rows can be locked, else empty (SQLite locks the whole database). */
  readonly forUpdate: string;
  /** `FOR UPDATE SKIP LOCKED` where rows can be locked, else empty. */
  readonly skipLocked: string;
  /** Type of an eight-byte integer column. */
  readonly bigint: string;
  /** Type of a column for bytes. */
  readonly bytes: string;

  /** Rewrites `?` placeholders outside quotes to the driver's own. */
  placeholders(sql: string): string;
  /** An identifier in quotes. */
  quote(identifier: string): string;
  /**
   * `INSERT` that overwrites the row that has the same key.
   * @param update columns to overwrite; default all that are not in `keys`
   * @param rows how many rows of parameters follow, default 1
   */
  upsert(
    table: string,
    columns: readonly string[],
    keys: readonly string[],
    update?: readonly string[],
    rows?: number,
  ): string;
  /** `INSERT` that does nothing where a row has the same key. */
  insertIgnore(table: string, columns: readonly string[], rows?: number): string;

  /** Sorts a driver's error. */
  classify(error: unknown): StoreErrorReason;
}
