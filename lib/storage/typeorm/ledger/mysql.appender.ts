import type { AppendBatch, StoredEvent } from '../../../ledger/ledger-store.port.js';
import { StoreError } from '../../../ledger/store.error.js';
import { insertInto } from '../dialect/sql-text.js';
import { MAX_NAME_LENGTH } from '../schema/column-types.js';
import type { SqlResult, SqlStatement, SqlTransaction, SqlValue } from '../sql-transaction.js';
import { EVENT_COLUMN_NAMES, EVENT_COLUMNS, eventValues } from './event-row.js';
import { TransactionalAppender } from './transactional.appender.js';

/** Characters in one INSERT: at most 4 MB on the wire, whatever they are, which `checkServer` has made sure of. */
const MAX_CHARACTERS = 1_000_000;
const MAX_ROWS = 500;
const LONG_COLUMNS: readonly string[] = ['record', 'hash', 'leafHash', 'signature', 'sections'];
const NAMES = EVENT_COLUMNS.map(([, property]) => property).filter((property) => !LONG_COLUMNS.includes(property));

/** Statements of many rows, since each statement is a trip to the server. */
export class MysqlAppender extends TransactionalAppender {
  protected *insertRows(tx: SqlTransaction, { rows }: AppendBatch): Generator<SqlStatement, void, SqlResult> {
    let values: SqlValue[] = [];
    let count = 0;
    let characters = 0;
    for (const row of rows) {
      assertNamesFit(row);
      const length = row.record.length + (row.sections?.length ?? 0);
      if (count === MAX_ROWS || (count > 0 && characters + length > MAX_CHARACTERS)) {
        yield* tx.execute(insertInto('audit_event', EVENT_COLUMN_NAMES, count), values);
        values = [];
        count = 0;
        characters = 0;
      }
      values.push(...eventValues(row));
      count++;
      characters += length;
    }
    if (count > 0) yield* tx.execute(insertInto('audit_event', EVENT_COLUMN_NAMES, count), values);
  }
}

/** MySQL cuts spaces at the end of an over-long VARCHAR even in strict mode. */
function assertNamesFit(row: StoredEvent): void {
  for (const property of NAMES) {
    const value = row[property];
    if (typeof value !== 'string' || value.length <= MAX_NAME_LENGTH) continue;
    if (Array.from(value).length <= MAX_NAME_LENGTH) continue;
    throw new StoreError(
      `The ${property} of event ${row.eventId} has more than ${MAX_NAME_LENGTH} characters, which its column cannot hold.`,
      { reason: 'refused' },
    );
  }
}
