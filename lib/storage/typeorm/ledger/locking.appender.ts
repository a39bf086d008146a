import type { AppendBatch, LogState, StreamHead } from '../../../ledger/ledger-store.port.js';
import { StoreError } from '../../../ledger/store.error.js';
import type { SqlDatabase } from '../sql-database.js';
import type { SqlResult, SqlStatement, SqlTransaction } from '../sql-transaction.js';
import { SELECT_HEAD, SELECT_STREAMS, toLogHead, toStreamHead } from './head-rows.js';
import type { HeadRow, StreamRow } from './head-rows.js';
import type { LedgerAppender } from './ledger-appender.interface.js';

const MAX_LIST = 500;

/** Appends under the head's row lock: the same on every database but for how a batch is written. */
export abstract class LockingAppender implements LedgerAppender {
  constructor(protected readonly database: SqlDatabase) {}

  abstract append(batch: AppendBatch): Promise<boolean>;

  /** Writes a batch inside a transaction. @returns false if the head has moved on, and then nothing is written */
  protected abstract apply(tx: SqlTransaction, batch: AppendBatch): Generator<SqlStatement, boolean, SqlResult>;

  async appendLocked(streams: readonly string[], seal: (state: LogState) => AppendBatch | null): Promise<void> {
    await this.database.transaction((tx) => this.applyLocked(tx, streams, seal));
  }

  private *applyLocked(
    tx: SqlTransaction,
    names: readonly string[],
    seal: (state: LogState) => AppendBatch | null,
  ): Generator<SqlStatement, void, SqlResult> {
    const { forUpdate } = this.database.dialect;
    const head = toLogHead(yield* tx.query<HeadRow>(`${SELECT_HEAD} ${forUpdate}`));
    const streams = new Map<string, StreamHead>();
    for (let start = 0; start < names.length; start += MAX_LIST) {
      const list = names.slice(start, start + MAX_LIST);
      const marks = list.map(() => '?').join(', ');
      // A locking read, because it sees what is committed now even where the transaction's snapshot is older.
      const rows = yield* tx.query<StreamRow>(`${SELECT_STREAMS} WHERE name IN (${marks}) ${forUpdate}`, list);
      for (const row of rows) streams.set(row.name, toStreamHead(row));
    }
    const batch = seal({ head, streams });
    if (!batch) return;
    if (!(yield* this.apply(tx, batch))) {
      throw new StoreError(
        `A batch was sealed on size ${batch.before.size} while the log, under its lock, has size ${head.size}. ` +
          'Nothing was written; seal on the state that is handed in.',
        { reason: 'unknown' },
      );
    }
  }
}
