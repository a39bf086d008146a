import type { DeliveryReceipt, ReceiptFilter } from '../../../delivery/delivery-store.port.js';
import { formatTimestamp } from '../../../event/timestamp.js';
import type { SqlDatabase } from '../sql-database.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';
import { receiptAt, RUN_COLUMNS, runFrom } from './receipt-run.js';
import type { ReceiptRun, RunRow } from './receipt-run.js';
import { marks, slices } from './id-slices.js';

const RUNS_PER_READ = 200;
const SELECT_RUN = `SELECT ${RUN_COLUMNS.join(', ')} FROM audit_receipt_run`;
/** Runs don't overlap, so at most one that begins before a place reaches beyond it. */
export const FROM_RUN_AT =
  'first_index >= (SELECT COALESCE(MAX(first_index), 0) FROM audit_receipt_run WHERE sink = ? AND first_index <= ?)';

type RunSelection = Pick<ReceiptFilter, 'updatedFrom' | 'updatedUntil' | 'limit'>;

interface EventPlace {
  readonly event_id: string;
  readonly log_index: unknown;
}

/** Reads receipts out of runs. The ids of their events are in the log, which is in the same database. */
export class SqlReceiptRuns {
  constructor(private readonly database: SqlDatabase) {}

  /** Receipts of some events at some sinks. */
  async ofEvents(sinks: readonly string[], eventIds: readonly string[]): Promise<DeliveryReceipt[]> {
    const found: DeliveryReceipt[] = [];
    for (const ids of slices(eventIds)) {
      const places = await this.database.query<EventPlace>(
        `SELECT event_id, log_index FROM audit_event WHERE event_id IN (${marks(ids)})`,
        ids,
      );
      for (const sink of sinks) found.push(...(await this.atPlaces(sink, places)));
    }
    return found;
  }

  /** Receipts of one sink from a place on, in order. */
  async find(
    sink: string,
    from: number,
    { updatedFrom, updatedUntil, limit }: RunSelection,
  ): Promise<DeliveryReceipt[]> {
    const times: [string, number][] = [];
    if (updatedFrom !== undefined) times.push([' AND updated_at >= ?', updatedFrom]);
    if (updatedUntil !== undefined) times.push([' AND updated_at < ?', updatedUntil]);
    const where = `${FROM_RUN_AT} AND last_index >= ?${times.map(([sql]) => sql).join('')}`;
    const found: DeliveryReceipt[] = [];
    for (let place = from; found.length < limit;) {
      const runs = await this.select(`WHERE sink = ? AND ${where} ORDER BY first_index LIMIT ?`, [
        sink,
        sink,
        place,
        place,
        ...times.map(([, ms]) => formatTimestamp(ms)),
        RUNS_PER_READ,
      ]);
      for (const run of runs) found.push(...(await this.receiptsOf(run, place, limit - found.length)));
      if (runs.length < RUNS_PER_READ) break;
      place = runs[runs.length - 1].lastIndex + 1;
    }
    return found;
  }

  /** How many events of [from, until) stand in runs. */
  async count(sink: string, from: number, until: number): Promise<number> {
    const [row] = await this.database.query<{ n: unknown }>(
      'SELECT COALESCE(SUM(CASE WHEN last_index < ? THEN last_index + 1 ELSE ? END - ' +
        'CASE WHEN first_index > ? THEN first_index ELSE ? END), 0) AS n FROM audit_receipt_run ' +
        `WHERE sink = ? AND ${FROM_RUN_AT} AND last_index >= ? AND first_index < ?`,
      [until, until, from, from, sink, sink, from, from, until],
    );
    return toNumber(row.n);
  }

  private async atPlaces(sink: string, places: readonly EventPlace[]): Promise<DeliveryReceipt[]> {
    const indexes = places.map(({ log_index }) => toNumber(log_index));
    if (indexes.length === 0) return [];
    const found: DeliveryReceipt[] = [];
    let run: ReceiptRun | undefined;
    for (const { event_id, log_index } of places.toSorted((a, b) => toNumber(a.log_index) - toNumber(b.log_index))) {
      const index = toNumber(log_index);
      if (run === undefined || index > run.lastIndex) {
        const sql = 'WHERE sink = ? AND first_index <= ? ORDER BY first_index DESC LIMIT 1';
        [run] = await this.select(sql, [sink, index]);
      }
      if (run && index >= run.firstIndex && index <= run.lastIndex) found.push(receiptAt(run, event_id, index));
    }
    return found;
  }

  private async receiptsOf(run: ReceiptRun, from: number, limit: number): Promise<DeliveryReceipt[]> {
    if (limit <= 0) return [];
    const places = await this.database.query<EventPlace>(
      'SELECT event_id, log_index FROM audit_event WHERE log_index >= ? AND log_index <= ? ORDER BY log_index LIMIT ?',
      [Math.max(from, run.firstIndex), run.lastIndex, limit],
    );
    return places.map(({ event_id, log_index }) => receiptAt(run, event_id, toNumber(log_index)));
  }

  private async select(rest: string, params: readonly SqlValue[]): Promise<ReceiptRun[]> {
    return (await this.database.query<RunRow>(`${SELECT_RUN} ${rest}`, params)).map(runFrom);
  }
}
