import { setTimeout as delay } from 'node:timers/promises';
import { StoreError } from '../../../ledger/store.error.js';
import { sqliteDialect } from '../dialect/sqlite.dialect.js';
import { toStoreError } from '../dialect/to-store-error.js';
import { SqlTransaction } from '../sql-transaction.js';
import type { SqlResult, SqlStatement, SqlWork } from '../sql-transaction.js';
import type { SqliteHandle, SqliteStatement } from './sqlite-handle.interface.js';
import type { SqlSession, TransactionOptions } from './sql-session.interface.js';

const MAX_STATEMENTS = 200;
const MAX_PAUSE_MS = 20;
const STEPS = new SqlTransaction();

/**
 * The one connection of a SQLite DataSource, used synchronously. Each call does its work within one turn of the event
 * loop, so nothing can come between the statements of a transaction; when the application shares the connection, a write
 * waits until no transaction of the application is open. A read does not: nobody else writes the audit tables, but for
 * the outbox, which is therefore read in a transaction.
 */
export class SqliteSession implements SqlSession {
  private preparedOn: SqliteHandle | null = null;
  private readonly statements = new Map<string, SqliteStatement>();

  constructor(
    private readonly handle: () => SqliteHandle,
    /** How long to wait for a lock, in milliseconds. */
    private readonly lockWaitMs: number,
  ) {}

  async run(statement: SqlStatement): Promise<SqlResult> {
    return this.exclusively(
      () => this.step(statement),
      () => this.prepared(statement.sql).readonly,
    );
  }

  transaction<T>(work: SqlWork<T>, { durable = true }: TransactionOptions = {}): Promise<T> {
    const run = (handle: SqliteHandle): T => this.inTransaction(handle, () => this.drive(work(STEPS)));
    return this.exclusively(durable ? run : (handle) => withoutFlush(handle, () => run(handle)));
  }

  /** All that `work` does with the handle, in one transaction that takes the write lock at once. */
  writing<T>(work: (handle: SqliteHandle) => T): Promise<T> {
    return this.exclusively((handle) => this.inTransaction(handle, () => work(handle)));
  }

  /** A prepared statement, kept for the next time. */
  prepare(sql: string): SqliteStatement {
    const handle = this.handle();
    if (handle !== this.preparedOn || this.statements.size >= MAX_STATEMENTS) this.statements.clear();
    this.preparedOn = handle;
    let statement = this.statements.get(sql);
    if (!statement) {
      statement = handle.prepare(sql);
      this.statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs `attempt` in one turn as soon as no lock is in the way; a refused attempt has changed nothing. */
  private async exclusively<T>(attempt: (handle: SqliteHandle) => T, isRead = () => false): Promise<T> {
    const begin = Date.now();
    for (let pause = 1; ; pause = Math.min(pause * 2, MAX_PAUSE_MS)) {
      const handle = this.handle();
      const waited = Date.now() - begin;
      try {
        if (!handle.inTransaction || isRead()) return attempt(handle);
        if (waited >= this.lockWaitMs) throw occupied(waited);
      } catch (error) {
        const busy = error instanceof StoreError && error.reason === 'busy';
        if (!busy || waited >= this.lockWaitMs) throw error;
      }
      await delay(pause * (0.5 + Math.random()));
    }
  }

  private inTransaction<T>(handle: SqliteHandle, work: () => T): T {
    this.direct('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.direct('COMMIT');
      return result;
    } catch (error) {
      // Some failures (a full disk) have ended the transaction already.
      if (handle.inTransaction) this.direct('ROLLBACK');
      throw isSqliteError(error) ? toStoreError(sqliteDialect, error) : error;
    }
  }

  private drive<T>(steps: Generator<SqlStatement, T, SqlResult>): T {
    let next = steps.next();
    while (!next.done) {
      let result: SqlResult;
      try {
        result = this.step(next.value);
      } catch (error) {
        next = steps.throw(error);
        continue;
      }
      next = steps.next(result);
    }
    return next.value;
  }

  private prepared(sql: string): SqliteStatement {
    try {
      return this.prepare(sql);
    } catch (error) {
      throw toStoreError(sqliteDialect, error);
    }
  }

  private direct(sql: string): void {
    this.step({ sql, params: [] });
  }

  private step({ sql, params }: SqlStatement): SqlResult {
    try {
      const statement = this.prepare(sql);
      if (!statement.reader) return { rows: [], affected: statement.run(...params).changes };
      const rows = statement.all(...params);
      return { rows, affected: rows.length };
    } catch (error) {
      throw toStoreError(sqliteDialect, error);
    }
  }
}

/** In WAL mode NORMAL leaves out the flush after each commit and nothing else; in other modes it would be less safe. */
const NORMAL = 1;

/** One turn of the event loop, so nobody else's transaction can fall into it. */
function withoutFlush<T>(handle: SqliteHandle, work: () => T): T {
  const before = handle.pragma('synchronous', { simple: true }) as number;
  if (before <= NORMAL || handle.pragma('journal_mode', { simple: true }) !== 'wal') return work();
  handle.pragma(`synchronous = ${NORMAL}`);
  try {
    return work();
  } finally {
    handle.pragma(`synchronous = ${before}`);
  }
}

function isSqliteError(error: unknown): boolean {
  return error instanceof Error && error.name === 'SqliteError';
}

function occupied(waitedMs: number): StoreError {
  return new StoreError(
    `Another transaction has been open on this SQLite connection for ${waitedMs} ms, and whatever were written meanwhile ` +
      'would be rolled back with it. End it first, or give the audit log a file of its own: storage: { type: "sqlite" }.',
    { reason: 'busy' },
  );
}
