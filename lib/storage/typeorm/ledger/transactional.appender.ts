import type { AppendBatch } from '../../../ledger/ledger-store.port.js';
import type { SqlResult, SqlStatement, SqlTransaction } from '../sql-transaction.js';
import { headValues, MOVE_HEAD, STREAM_COLUMNS, streamValues } from './head-rows.js';
import { LockingAppender } from './locking.appender.js';

const STREAMS_PER_STATEMENT = 100;

/**
 * Appends in short transactions: move the head by compare-and-swap, write the streams' heads, insert the rows. How rows
 * are inserted best is each database's own.
 */
export abstract class TransactionalAppender extends LockingAppender {
  append(batch: AppendBatch): Promise<boolean> {
    return this.database.transaction((tx) => this.apply(tx, batch));
  }

  /** Writes the rows; the head has been moved already in this transaction. */
  protected abstract insertRows(tx: SqlTransaction, batch: AppendBatch): Generator<SqlStatement, void, SqlResult>;

  protected *apply(tx: SqlTransaction, batch: AppendBatch): Generator<SqlStatement, boolean, SqlResult> {
    const moved = yield* tx.execute(MOVE_HEAD, headValues(batch.before, batch.after));
    if (moved !== 1) return false;
    for (let start = 0; start < batch.streams.length; start += STREAMS_PER_STATEMENT) {
      const streams = batch.streams.slice(start, start + STREAMS_PER_STATEMENT);
      const upsert = this.database.dialect.upsert('audit_stream', STREAM_COLUMNS, ['name'], undefined, streams.length);
      yield* tx.execute(upsert, streams.flatMap(streamValues));
    }
    yield* this.insertRows(tx, batch);
    return true;
  }
}
