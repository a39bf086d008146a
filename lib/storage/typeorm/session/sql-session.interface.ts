import type { SqlResult, SqlStatement, SqlWork } from '../sql-transaction.js';

export interface TransactionOptions {
  /**
   * Whether it is on the disk when it is said to be done. If not, a power failure may take the last ones, in their order
   * and each as a whole; the end of the process takes none. MySQL has no such choice. @default true
   */
  readonly durable?: boolean;
}

/** Runs statements on one kind of connection. Errors are the driver's own. */
export interface SqlSession {
  /** One statement in a transaction of its own. */
  run(statement: SqlStatement): Promise<SqlResult>;
  /**
   * All statements of `work` or none. An error thrown by a statement is thrown into `work`; what leaves `work` rolls
   * everything back.
   */
  transaction<T>(work: SqlWork<T>, options?: TransactionOptions): Promise<T>;
}
