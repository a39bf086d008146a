import type { DataSource } from 'typeorm';
import { StoreError } from '../../ledger/store.error.js';
import { checkServer } from './checks/server-checks.js';
import { dialectOf } from './dialect/index.js';
import type { SqlDialect } from './dialect/index.js';
import { toStoreError } from './dialect/to-store-error.js';
import { assertSchema, migrate } from './migrations/migrator.js';
import { ServerSession } from './session/server.session.js';
import { SqliteSession } from './session/sqlite.session.js';
import type { SqliteHandle } from './session/sqlite-handle.interface.js';
import type { SqlSession, TransactionOptions } from './session/sql-session.interface.js';
import type { SqlStatement, SqlValue, SqlWork } from './sql-transaction.js';

/** A DataSource that is made when the database is opened and destroyed when it is closed. */
export interface OwnDataSource {
  /** TypeORM's name of the driver. */
  readonly type: string;
  /** What to look at when it cannot be opened: whole sentences, without secrets. */
  readonly advice: string;
  create(): Promise<DataSource>;
}

export interface SqlDatabaseOptions {
  /** Create missing tables when opened; otherwise a missing one is an error. @default false */
  readonly migrate?: boolean;
  /** How long to wait for SQLite's write lock, in milliseconds. @default 5000 */
  readonly lockWaitMs?: number;
  /** How long a statement may go without an answer of the server before its connection is given up, in milliseconds. @default 60000 */
  readonly statementTimeoutMs?: number;
}

const DEFAULT_STATEMENT_TIMEOUT_MS = 60_000;

/**
 * The audit tables' database: SQL with `?` placeholders on SQLite, PostgreSQL, MySQL and MariaDB alike, through a
 * TypeORM DataSource that is the library's own or the application's.
 *
 * Everything it throws is a {@link StoreError}, but for what a transaction's own code throws.
 */
export class SqlDatabase {
  readonly dialect: SqlDialect;
  /** The synchronous connection; null but on SQLite. */
  readonly sqlite: SqliteSession | null;
  private readonly session: SqlSession;
  private current: DataSource | null;
  private opening: Promise<void> | null = null;

  constructor(
    private readonly source: DataSource | OwnDataSource,
    private readonly options: SqlDatabaseOptions = {},
  ) {
    this.dialect = dialectOf('create' in source ? source.type : source.options.type);
    this.current = 'create' in source ? null : source;
    this.sqlite =
      this.dialect.name === 'sqlite' ? new SqliteSession(() => this.handle(), options.lockWaitMs ?? 5000) : null;
    const { statementTimeoutMs = DEFAULT_STATEMENT_TIMEOUT_MS } = options;
    const { durable, relaxed } = BEGIN[this.dialect.name];
    this.session =
      this.sqlite ?? new ServerSession(() => this.dataSource, this.dialect, durable, relaxed, statementTimeoutMs);
  }

  /** @throws StoreError `closed` unless it is initialised */
  get dataSource(): DataSource {
    if (this.current?.isInitialized) return this.current;
    throw new StoreError(
      'The DataSource of the audit log is not initialised, or was destroyed already: nothing can be read or written. ' +
        'Initialise it before the audit module starts, and destroy it only after the module has shut down.',
      { reason: 'closed' },
    );
  }

  /**
   * Connects, checks that the server keeps text as it is given, then migrates or checks the schema. A second call does
   * nothing.
   * @throws {SchemaMissingError} tables are missing and migration was not asked for
   */
  open(): Promise<void> {
    this.opening ??= this.connect().catch(async (error: unknown) => {
      await this.close();
      throw error;
    });
    return this.opening;
  }

  /** Closes what {@link open} opened; an application's DataSource stays open. */
  async close(): Promise<void> {
    this.opening = null;
    if (!('create' in this.source)) return;
    const dataSource = this.current;
    this.current = null;
    if (dataSource?.isInitialized) await dataSource.destroy();
  }

  /** Runs one statement and gives its rows. Eight-byte integers may come as text: see `toNumber`. */
  async query<T>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    return (await this.run({ sql, params })).rows as T[];
  }

  /** Runs one statement and gives the number of rows it inserted, matched or deleted. */
  async execute(sql: string, params: readonly SqlValue[] = []): Promise<number> {
    return (await this.run({ sql, params })).affected;
  }

  /**
   * Runs the statements that `work` yields in one transaction (READ COMMITTED; on SQLite with the write lock from the
   * beginning), all or none. `work` may be begun again after a deadlock, so it must not change anything outside.
   *
   * @returns what `work` returns
   * @throws what `work` throws, after everything was rolled back
   */
  async transaction<T>(work: SqlWork<T>, options?: TransactionOptions): Promise<T> {
    return this.session.transaction(work, options);
  }

  private async run(statement: SqlStatement) {
    return this.session.run(statement);
  }

  private async connect(): Promise<void> {
    if ('create' in this.source && !this.current) {
      try {
        this.current = await this.source.create();
        await this.current.initialize();
      } catch (error) {
        if (error instanceof StoreError) throw error;
        const { message, reason, cause } = toStoreError(this.dialect, error);
        throw new StoreError(`${message}. ${this.source.advice}`, { reason, cause });
      }
    }
    await checkServer(this);
    if (this.options.migrate) await migrate(this);
    await assertSchema(this);
  }

  private handle(): SqliteHandle {
    return (this.dataSource.driver as unknown as { databaseConnection: SqliteHandle }).databaseConnection;
  }
}

// One message to the server. Whoever freezes while it holds the head's lock must not stop all others for good.
const POSTGRES_BEGIN =
  "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL lock_timeout = '30s'; " +
  "SET LOCAL idle_in_transaction_session_timeout = '30s'";
const MYSQL_BEGIN = ['SET TRANSACTION ISOLATION LEVEL READ COMMITTED', 'START TRANSACTION'];

const BEGIN = {
  sqlite: { durable: [], relaxed: [] },
  postgres: { durable: [POSTGRES_BEGIN], relaxed: [`${POSTGRES_BEGIN}; SET LOCAL synchronous_commit = off`] },
  mysql: { durable: MYSQL_BEGIN, relaxed: MYSQL_BEGIN },
} as const;
