import type { AppendBatch, StoredEvent } from '../../../ledger/ledger-store.port.js';
import { StoreError } from '../../../ledger/store.error.js';
import type { SqlResult, SqlStatement, SqlTransaction, SqlValue } from '../sql-transaction.js';
import { EVENT_COLUMN_NAMES, EVENT_COLUMNS } from './event-row.js';
import { headValues, MOVE_HEAD } from './head-rows.js';
import { LockingAppender } from './locking.appender.js';
import { bigintArray, textArray } from './postgres-array.js';

const NUMBERS: readonly string[] = ['log_index', 'sequence'];
const EVENT_ARRAYS = EVENT_COLUMN_NAMES.map((column) => (NUMBERS.includes(column) ? '?::bigint[]' : '?::text[]'));

/**
 * A whole append in one statement, hence one trip and one transaction. The inserts ask whether the head moved, so its
 * row lock is taken before anything else; a writer that had to wait for it sees the head as it is then, and its own
 * compare-and-swap hits no row.
 */
const APPEND =
  `WITH moved AS (${MOVE_HEAD} RETURNING 1), ` +
  'streams AS (INSERT INTO audit_stream (name, next_sequence, last_hash) ' +
  'SELECT * FROM unnest(?::text[], ?::bigint[], ?::text[]) WHERE EXISTS (SELECT 1 FROM moved) ' +
  'ON CONFLICT (name) DO UPDATE SET next_sequence = excluded.next_sequence, last_hash = excluded.last_hash), ' +
  `events AS (INSERT INTO audit_event (${EVENT_COLUMN_NAMES.join(', ')}) ` +
  `SELECT * FROM unnest(${EVENT_ARRAYS.join(', ')}) WHERE EXISTS (SELECT 1 FROM moved)) ` +
  'SELECT 1 AS moved FROM moved';

/** Characters that the text format of arrays has to quote. */
const PROBE = 'é"\\{},🙂';

/** Appends to PostgreSQL. */
export class PostgresAppender extends LockingAppender {
  private binary: boolean | null = null;

  async append(batch: AppendBatch): Promise<boolean> {
    await this.chooseFormat();
    try {
      const rows = await this.database.query(APPEND, this.parameters(batch));
      return rows.length === 1;
    } catch (error) {
      // Where sessions default to REPEATABLE READ or stricter, this is how a lost compare-and-swap shows.
      if (error instanceof StoreError && error.reason === 'conflict') return false;
      throw error;
    }
  }

  override async appendLocked(...args: Parameters<LockingAppender['appendLocked']>): Promise<void> {
    await this.chooseFormat();
    return super.appendLocked(...args);
  }

  protected *apply(tx: SqlTransaction, batch: AppendBatch): Generator<SqlStatement, boolean, SqlResult> {
    const rows = yield* tx.query(APPEND, this.parameters(batch));
    return rows.length === 1;
  }

  private parameters({ before, after, streams, rows }: AppendBatch): SqlValue[] {
    return [
      ...headValues(before, after),
      this.texts(streams.map(({ name }) => name)),
      this.numbers(streams.map(({ nextSequence }) => nextSequence)),
      this.texts(streams.map(({ lastHash }) => lastHash)),
      ...EVENT_COLUMNS.map(([column, property]) => {
        const values = rows.map((row: StoredEvent) => row[property]);
        return NUMBERS.includes(column) ? this.numbers(values as number[]) : this.texts(values as (string | null)[]);
      }),
    ];
  }

  private texts(values: (string | null)[]): SqlValue {
    return this.binary ? textArray(values) : asDriverArray(values);
  }

  private numbers(values: number[]): SqlValue {
    return this.binary ? bigintArray(values) : asDriverArray(values);
  }

  /** A driver other than plain `pg` (its libpq binding, say) may not know binary parameters: it is asked once. */
  private async chooseFormat(): Promise<void> {
    if (this.binary !== null) return;
    try {
      const [row] = await this.database.query<{ probe: string }>('SELECT (?::text[])[1] AS probe', [
        textArray([PROBE]),
      ]);
      this.binary = row.probe === PROBE;
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'refused') throw error;
      this.binary = false;
    }
  }
}

/** The driver makes PostgreSQL's text format of a JavaScript array. */
function asDriverArray(values: readonly unknown[]): SqlValue {
  return values as unknown as SqlValue;
}
