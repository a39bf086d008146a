import { setTimeout as delay } from 'node:timers/promises';
import type { DataSource, QueryRunner } from 'typeorm';
import { StoreError } from '../../../ledger/store.error.js';
import type { SqlDialect } from '../dialect/sql-dialect.interface.js';
import { toStoreError } from '../dialect/to-store-error.js';
import { SqlTransaction } from '../sql-transaction.js';
import type { SqlResult, SqlStatement, SqlWork } from '../sql-transaction.js';
import type { SqlSession, TransactionOptions } from './sql-session.interface.js';

const ATTEMPTS = 10;
const MAX_PAUSE_MS = 100;
const STEPS = new SqlTransaction();

/**
 * PostgreSQL, MySQL and MariaDB: each call takes a connection of the DataSource's pool. Always the primary's, since a
 * replica that lags behind would show an old head.
 */
export class ServerSession implements SqlSession {
  constructor(
    private readonly dataSource: () => DataSource,
    private readonly dialect: SqlDialect,
    /** Statements that open a transaction at READ COMMITTED. */
    private readonly begin: readonly string[],
    /** The same for one that need not be on the disk when it is done. */
    private readonly beginRelaxed: readonly string[],
    /** How long a statement may go without an answer, in milliseconds. */
    private readonly statementTimeoutMs: number,
  ) {}

  async run(statement: SqlStatement): Promise<SqlResult> {
    const runner = this.dataSource().createQueryRunner('master');
    try {
      return await this.step(runner, statement);
    } finally {
      await runner.release();
    }
  }

  /** Begun again when the server chose it as the victim of a deadlock: it has undone everything by then. */
  async transaction<T>(work: SqlWork<T>, { durable = true }: TransactionOptions = {}): Promise<T> {
    const begin = durable ? this.begin : this.beginRelaxed;
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(begin, work);
      } catch (error) {
        const conflict = error instanceof StoreError && error.reason === 'conflict';
        if (!conflict || attempt === ATTEMPTS) throw error;
        await delay(Math.random() * Math.min(2 ** attempt, MAX_PAUSE_MS));
      }
    }
  }

  private async attempt<T>(begin: readonly string[], work: SqlWork<T>): Promise<T> {
    const runner = this.dataSource().createQueryRunner('master');
    try {
      for (const sql of begin) await this.step(runner, { sql });
      const result = await this.drive(runner, work(STEPS));
      await this.step(runner, { sql: 'COMMIT' });
      return result;
    } catch (error) {
      await this.rollback(runner);
      throw error;
    } finally {
      await runner.release();
    }
  }

  /** A connection that cannot even roll back must not go back to the pool: the next user would join its transaction. */
  private async rollback(runner: QueryRunner): Promise<void> {
    try {
      await runner.query('ROLLBACK');
    } catch {
      const connection = (await runner.connect().catch(() => null)) as ServerConnection | null;
      if (connection) socketOf(connection)?.destroy();
    }
  }

  private async drive<T>(runner: QueryRunner, steps: Generator<SqlStatement, T, SqlResult>): Promise<T> {
    let next = steps.next();
    while (!next.done) {
      let result: SqlResult;
      try {
        result = await this.step(runner, next.value);
      } catch (error) {
        next = steps.throw(error);
        continue;
      }
      next = steps.next(result);
    }
    return next.value;
  }

  private async step(
    runner: QueryRunner,
    { sql, params }: Partial<SqlStatement> & { sql: string },
  ): Promise<SqlResult> {
    try {
      const connection = (await runner.connect()) as ServerConnection;
      const watch = watchOver(connection, this.statementTimeoutMs);
      try {
        const result = await runner.query(this.dialect.placeholders(sql), params as unknown[] | undefined, true);
        return { rows: result.records, affected: result.affected ?? 0 };
      } finally {
        clearTimeout(watch);
      }
    } catch (error) {
      throw toStoreError(this.dialect, error);
    }
  }
}

/** What is used of a connection of `pg` (its socket one level deeper) or mysql2. */
interface ServerConnection {
  readonly connection?: { readonly stream?: Destroyable };
  readonly stream?: Destroyable;
}

interface Destroyable {
  destroy(error?: Error): unknown;
}

function socketOf({ connection, stream }: ServerConnection): Destroyable | undefined {
  return connection?.stream ?? stream;
}

/**
 * A network that swallows packets says nothing for a quarter of an hour, and a statement would wait as long. Breaking
 * the socket fails it as a lost connection does, and keeps the connection out of the pool.
 */
function watchOver(connection: ServerConnection, timeoutMs: number): NodeJS.Timeout {
  const silence = Object.assign(new Error(`No answer for ${timeoutMs} ms`), { code: 'ETIMEDOUT' });
  return setTimeout(() => socketOf(connection)?.destroy(silence), timeoutMs).unref();
}
