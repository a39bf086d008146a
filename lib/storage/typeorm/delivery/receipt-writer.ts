import type { DeliveryReceipt } from '../../../delivery/delivery-store.port.js';
import type { SqlDialect } from '../dialect/index.js';
import { insertInto } from '../dialect/sql-text.js';
import { SqlTransaction, toNumber } from '../sql-transaction.js';
import type { SqlResult, SqlStatement } from '../sql-transaction.js';
import { RECEIPT_COLUMNS, receiptValues } from './delivery-rows.js';
import { findRuns, RUN_COLUMNS, runValues } from './receipt-run.js';
import { FROM_RUN_AT } from './sql-receipt-runs.js';

const KEYS = ['sink', 'event_id'];
const OTHERS = RECEIPT_COLUMNS.filter((column) => !KEYS.includes(column));
/** Few sizes, so that few statements have to be prepared. */
const ROWS_PER_STATEMENT = [100, 20, 1];
const TABLE = 'audit_receipt';
const RUN_TABLE = 'audit_receipt_run';

interface Span {
  readonly first_index: unknown;
  readonly last_index: unknown;
}

/**
 * Writes receipts of one sink so that a `delivered` one stays `delivered`: neighbours that say the same as one run, the
 * others as rows. Whoever else writes for the sink waits for the lock of its cursor meanwhile.
 */
export function* writeReceipts(
  tx: SqlTransaction,
  dialect: SqlDialect,
  sink: string,
  receipts: readonly DeliveryReceipt[],
): Generator<SqlStatement, void, SqlResult> {
  if (receipts.length === 0) return;
  const isInRun = yield* placesInRuns(tx, sink, receipts);
  const open = receipts.filter(({ logIndex }) => !isInRun(logIndex));
  const { runs } = findRuns(open, () => true);
  // Only where there is something to join it is worth asking which events have a row already.
  const known = runs.length > 0 ? yield* placesWithRow(tx, sink, open) : new Set<number>();
  const split = findRuns(open, ({ logIndex }) => !known.has(logIndex));
  for (const run of split.runs) yield* tx.execute(insertInto(RUN_TABLE, RUN_COLUMNS), runValues(run));
  yield* writeRows(tx, dialect, split.rows);
}

function* placesInRuns(
  tx: SqlTransaction,
  sink: string,
  receipts: readonly DeliveryReceipt[],
): Generator<SqlStatement, (logIndex: number) => boolean, SqlResult> {
  const [lowest, highest] = boundsOf(receipts);
  const spans = yield* tx.query<Span>(
    `SELECT first_index, last_index FROM ${RUN_TABLE} WHERE sink = ? AND ${FROM_RUN_AT} AND first_index <= ?`,
    [sink, sink, lowest, highest],
  );
  const ranges = spans.map((span) => [toNumber(span.first_index), toNumber(span.last_index)] as const);
  return (logIndex) => ranges.some(([first, last]) => logIndex >= first && logIndex <= last);
}

function* placesWithRow(
  tx: SqlTransaction,
  sink: string,
  receipts: readonly DeliveryReceipt[],
): Generator<SqlStatement, Set<number>, SqlResult> {
  const rows = yield* tx.query<{ log_index: unknown }>(
    `SELECT log_index FROM ${TABLE} WHERE sink = ? AND status IN ('delivered', 'pending', 'failed') ` +
      'AND log_index >= ? AND log_index <= ?',
    [sink, ...boundsOf(receipts)],
  );
  return new Set(rows.map(({ log_index }) => toNumber(log_index)));
}

function boundsOf(receipts: readonly DeliveryReceipt[]): [lowest: number, highest: number] {
  let [lowest, highest] = [Infinity, -Infinity];
  for (const { logIndex } of receipts) {
    lowest = Math.min(lowest, logIndex);
    highest = Math.max(highest, logIndex);
  }
  return [lowest, highest];
}

function* writeRows(
  tx: SqlTransaction,
  dialect: SqlDialect,
  receipts: readonly DeliveryReceipt[],
): Generator<SqlStatement, void, SqlResult> {
  const delivered = receipts.filter(({ status }) => status === 'delivered');
  for (const chunk of chunks(delivered)) {
    const sql = dialect.upsert(TABLE, RECEIPT_COLUMNS, KEYS, OTHERS, chunk.length);
    yield* tx.execute(sql, chunk.flatMap(receiptValues));
  }
  for (const receipt of receipts) {
    if (receipt.status === 'delivered') continue;
    const values = receiptValues(receipt);
    const inserted = yield* tx.execute(dialect.insertIgnore(TABLE, RECEIPT_COLUMNS), values);
    if (inserted > 0) continue;
    const assignments = OTHERS.map((column) => `${column} = ?`).join(', ');
    yield* tx.execute(`UPDATE ${TABLE} SET ${assignments} WHERE sink = ? AND event_id = ? AND status <> 'delivered'`, [
      ...values.slice(KEYS.length),
      receipt.sink,
      receipt.eventId,
    ]);
  }
}

function* chunks(receipts: readonly DeliveryReceipt[]): Generator<readonly DeliveryReceipt[]> {
  let from = 0;
  while (from < receipts.length) {
    const size = ROWS_PER_STATEMENT.find((rows) => rows <= receipts.length - from) ?? 1;
    yield receipts.slice(from, from + size);
    from += size;
  }
}
