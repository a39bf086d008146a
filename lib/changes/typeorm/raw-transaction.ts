import type { QueryRunner } from 'typeorm';
import { dataSourceOf } from './typeorm-internals.js';

/** Bit of MySQL's server status that says that a transaction is open. */
const SERVER_STATUS_IN_TRANS = 1;

/** PostgreSQL's answer to every statement after the one that has failed. */
const ALREADY_ABORTED = '25P02';

interface DriverError {
  readonly errno?: number;
  readonly code?: string;
}

/** Error numbers of MySQL after which the whole transaction may have been rolled back by the server. */
const MAY_END_TRANSACTION = [1205, 1213];

/**
 * Whether a failed statement may have ended the transaction without TypeORM's noticing: on MySQL, so that what follows is
 * committed statement by statement; on PostgreSQL, so that nothing more is carried out and `COMMIT` rolls back.
 */
export function mayHaveEndedTransaction(runner: QueryRunner, error: unknown): boolean {
  if (dataSourceOf(runner)?.options.type !== 'postgres') return endsMysqlTransaction(error);
  const { code, driverError } = (error ?? {}) as DriverError & { driverError?: DriverError };
  return (driverError?.code ?? code) !== ALREADY_ABORTED;
}

/** Whether an error of MySQL may mean that the server has rolled back the whole transaction. */
export function endsMysqlTransaction(error: unknown): boolean {
  const { errno, driverError } = (error ?? {}) as DriverError & { driverError?: DriverError };
  return MAY_END_TRANSACTION.includes(driverError?.errno ?? errno ?? 0);
}

/** Whether what was written in the transaction of TypeORM that is open on the runner can still be committed. */
export async function canCommit(runner: QueryRunner): Promise<boolean> {
  if (dataSourceOf(runner)?.options.type !== 'postgres') return isInTransaction(runner);
  return runner.query('SELECT 1').then(
    () => true,
    () => false,
  );
}

/**
 * Whether a transaction is open on the connection, whoever opened it. TypeORM knows neither of one that was begun by SQL
 * nor of the end of one that the server has rolled back.
 */
export function isInTransaction(runner: QueryRunner): boolean | Promise<boolean> {
  const dataSource = dataSourceOf(runner);
  switch (dataSource?.options.type) {
    case 'postgres':
      return isInPostgresTransaction(runner);
    case 'mysql':
    case 'mariadb':
      return isInMysqlTransaction(runner);
    default: {
      const driver = dataSource?.driver as { databaseConnection?: { inTransaction?: boolean } } | undefined;
      return driver?.databaseConnection?.inTransaction === true;
    }
  }
}

/** Compares the time of the transaction's begin; outside a transaction the statement is its own transaction. */
async function isInPostgresTransaction(runner: QueryRunner): Promise<boolean> {
  const [row] = (await runner.query('SELECT now() <> statement_timestamp() AS open')) as { open: boolean }[];
  return row.open;
}

async function isInMysqlTransaction(runner: QueryRunner): Promise<boolean> {
  const status = (await runner.query('DO 0')) as { serverStatus?: number };
  return ((status.serverStatus ?? 0) & SERVER_STATUS_IN_TRANS) !== 0;
}
