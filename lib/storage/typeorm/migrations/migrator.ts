import { SchemaMissingError } from '../../../ledger/schema-missing.error.js';
import { StoreError } from '../../../ledger/store.error.js';
import { AUDIT_TABLES, findSchemaTarget, MIGRATION_LOCK } from '../schema/index.js';
import type { SchemaTarget } from '../schema/index.js';
import type { SqlDatabase } from '../sql-database.js';
import type { SqlResult, SqlStatement, SqlTransaction } from '../sql-transaction.js';
import { MIGRATION_STEPS } from './index.js';

/** Name of the lock on MySQL, where locks belong to the server: one for each database. */
const MYSQL_LOCK = "CONCAT('audit_migration:', MD5(DATABASE()))";
const MYSQL_LOCK_SECONDS = 60;

/**
 * Runs the migrations that this database has not seen, and only the library's own. Any number of processes may do it
 * at the same time: one does, the others wait for it.
 */
export async function migrate(database: SqlDatabase): Promise<void> {
  const target = await findSchemaTarget(database.dialect.name, (sql) => database.query(sql));
  await database.transaction((tx) => (target.dialect === 'mysql' ? withMysqlLock(tx, target) : runPending(tx, target)));
}

/** @throws SchemaMissingError unless all tables can be read */
export async function assertSchema(database: SqlDatabase): Promise<void> {
  const missing: string[] = [];
  let cause: unknown;
  for (const table of AUDIT_TABLES) {
    try {
      await database.query(`SELECT 1 FROM ${table} LIMIT 1`);
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'schema') throw error;
      missing.push(table);
      cause = error;
    }
  }
  if (missing.length > 0) throw new SchemaMissingError(missing, cause);
}

function* runPending(tx: SqlTransaction, target: SchemaTarget): Generator<SqlStatement, void, SqlResult> {
  if (target.dialect === 'postgres') yield* tx.query('SELECT pg_advisory_xact_lock(?)', [MIGRATION_LOCK]);
  yield* tx.execute('CREATE TABLE IF NOT EXISTS audit_migration (name varchar(190) NOT NULL PRIMARY KEY)');
  const rows = yield* tx.query<{ name: string }>('SELECT name FROM audit_migration');
  const done = new Set(rows.map(({ name }) => name));
  for (const { name, statements } of MIGRATION_STEPS.filter((step) => !done.has(step.name))) {
    for (const sql of statements(target)) yield* tx.execute(sql);
    yield* tx.execute('INSERT INTO audit_migration (name) VALUES (?)', [name]);
  }
}

/** DDL commits by itself on MySQL, so a transaction would not keep two processes apart. */
function* withMysqlLock(tx: SqlTransaction, target: SchemaTarget): Generator<SqlStatement, void, SqlResult> {
  const [{ locked }] = yield* tx.query<{ locked: unknown }>(
    `SELECT GET_LOCK(${MYSQL_LOCK}, ${MYSQL_LOCK_SECONDS}) AS locked`,
  );
  if (Number(locked) !== 1) {
    throw new StoreError(
      `Another process has been creating the audit tables for ${MYSQL_LOCK_SECONDS} seconds. Start again when it is done.`,
      { reason: 'busy' },
    );
  }
  try {
    yield* runPending(tx, target);
  } finally {
    yield* tx.query(`SELECT RELEASE_LOCK(${MYSQL_LOCK})`);
  }
}
