import { StoreError } from '../../../ledger/store.error.js';
import { driverErrorOf } from './driver-error.js';
import type { DriverError } from './driver-error.js';
import type { SqlDialect } from './sql-dialect.interface.js';

/** What a driver or TypeORM threw, sorted. */
export function toStoreError(dialect: SqlDialect, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const inner = driverErrorOf(error);
  const label = inner.code ?? inner.errno;
  return new StoreError(
    `The audit database (${dialect.name}) failed: ${inner.message || 'no message'}${label === undefined ? '' : ` [${label}]`}`,
    { reason: dialect.classify(error), cause: withoutData(inner) },
  );
}

/**
 * Drivers and TypeORM hang the statement, its parameters or the failing row on their errors, and a logger that prints
 * causes would print them: all of an event, outside the log.
 */
function withoutData({ name, message, stack, code, errno }: DriverError & Partial<Error>): Error {
  const cause = new Error(message);
  if (stack !== undefined) cause.stack = stack;
  return Object.assign(cause, { name: name ?? 'Error', code, errno });
}
