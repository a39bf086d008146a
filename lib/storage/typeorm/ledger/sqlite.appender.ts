import type { AppendBatch } from '../../../ledger/ledger-store.port.js';
import { insertInto } from '../dialect/sql-text.js';
import type { SqlResult, SqlStatement, SqlTransaction } from '../sql-transaction.js';
import { EVENT_COLUMN_NAMES, eventValues } from './event-row.js';
import { TransactionalAppender } from './transactional.appender.js';

const INSERT = insertInto('audit_event', EVENT_COLUMN_NAMES);

/** One prepared statement a row: measured faster than statements of many rows. */
export class SqliteAppender extends TransactionalAppender {
  protected *insertRows(tx: SqlTransaction, batch: AppendBatch): Generator<SqlStatement, void, SqlResult> {
    for (const row of batch.rows) yield* tx.execute(INSERT, eventValues(row));
  }
}
