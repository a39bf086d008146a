import type {
  DeliveryReceipt,
  DeliveryStore,
  ReceiptCounts,
  ReceiptFilter,
  ReceiptStatus,
  RedriveSelection,
  SinkCursor,
} from '../../../delivery/delivery-store.port.js';
import { formatTimestamp } from '../../../event/timestamp.js';
import type { SqlDatabase } from '../sql-database.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue, SqlWork } from '../sql-transaction.js';
import { CURSOR_COLUMNS, cursorOf, cursorValues, RECEIPT_COLUMNS, receiptOf } from './delivery-rows.js';
import type { CursorRow, ReceiptRow } from './delivery-rows.js';
import { marks, slices } from './id-slices.js';
import { writeReceipts } from './receipt-writer.js';
import { SqlReceiptRuns } from './sql-receipt-runs.js';

const SELECT_CURSOR = `SELECT ${CURSOR_COLUMNS.join(', ')} FROM audit_delivery`;
const SELECT_RECEIPT = `SELECT ${RECEIPT_COLUMNS.join(', ')} FROM audit_receipt`;
const STATUSES: readonly ReceiptStatus[] = ['delivered', 'pending', 'failed'];
const LAST_INDEX = Number.MAX_SAFE_INTEGER;
/** As many as a batch can leave behind, and more. */
const MOST_AHEAD = 50_000;

/** State of delivery in the tables `audit_delivery`, `audit_receipt` and `audit_receipt_run`. */
export class SqlDeliveryStore implements DeliveryStore {
  private readonly runs: SqlReceiptRuns;

  constructor(private readonly database: SqlDatabase) {
    this.runs = new SqlReceiptRuns(database);
  }

  async readCursor(sink: string): Promise<SinkCursor | null> {
    const [row] = await this.database.query<CursorRow>(`${SELECT_CURSOR} WHERE sink = ?`, [sink]);
    return row ? cursorOf(row) : null;
  }

  async readCursors(): Promise<SinkCursor[]> {
    return (await this.database.query<CursorRow>(`${SELECT_CURSOR} ORDER BY sink`)).map(cursorOf);
  }

  async createCursor(cursor: SinkCursor): Promise<SinkCursor> {
    const sql = this.database.dialect.insertIgnore('audit_delivery', CURSOR_COLUMNS);
    await this.database.execute(sql, cursorValues(cursor));
    return (await this.readCursor(cursor.sink)) ?? cursor;
  }

  commit(cursor: SinkCursor, receipts: readonly DeliveryReceipt[]): Promise<number> {
    const { dialect } = this.database;
    const select = `SELECT next_index FROM audit_delivery WHERE sink = ? ${dialect.forUpdate}`;
    // What a power failure takes is delivered again, with the same bytes. But bounds that must be the same then have to
    // stand before anything is sent.
    const durable = cursor.batchEnd !== null;
    const work: SqlWork<number> = function* (tx) {
      const [row] = yield* tx.query<{ next_index: unknown }>(select, [cursor.sink]);
      const stored = row ? toNumber(row.next_index) : 0;
      if (stored <= cursor.nextIndex) {
        yield* tx.execute(dialect.upsert('audit_delivery', CURSOR_COLUMNS, ['sink']), cursorValues(cursor));
      }
      yield* writeReceipts(tx, dialect, cursor.sink, receipts);
      return Math.max(stored, cursor.nextIndex);
    };
    return this.database.transaction(work, { durable });
  }

  async expedite(sink: string): Promise<void> {
    await this.database.execute('UPDATE audit_delivery SET next_attempt_at = NULL WHERE sink = ?', [sink]);
    await this.database.execute(
      "UPDATE audit_receipt SET next_attempt_at = NULL WHERE sink = ? AND status = 'pending'",
      [sink],
    );
  }

  async readReceipts(sink: string, eventIds: readonly string[]): Promise<DeliveryReceipt[]> {
    const found: DeliveryReceipt[] = [];
    for (const ids of slices(eventIds)) {
      found.push(...(await this.select(`WHERE sink = ? AND event_id IN (${marks(ids)})`, [sink, ...ids])));
    }
    if (found.length < eventIds.length) found.push(...(await this.runs.ofEvents([sink], eventIds)));
    return found;
  }

  async findAcknowledged(eventIds: readonly string[]): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    for (const ids of slices(eventIds)) {
      const sql = `SELECT event_id AS id FROM audit_receipt WHERE event_id IN (${marks(ids)}) AND status = 'delivered'`;
      for (const { id } of await this.database.query<{ id: string }>(sql, ids)) found.add(id);
    }
    const open = eventIds.filter((id) => !found.has(id));
    for (const { eventId } of await this.runs.ofEvents(await this.sinks(), open)) found.add(eventId);
    return found;
  }

  /** One question for each sink and status: each is answered from an index, however large the table is. */
  async findReceipts(filter: ReceiptFilter): Promise<DeliveryReceipt[]> {
    const { eventId, updatedFrom, updatedUntil, after, limit } = filter;
    const conditions: [string, SqlValue[]][] = [];
    if (updatedFrom !== undefined) conditions.push(['updated_at >= ?', [formatTimestamp(updatedFrom)]]);
    if (updatedUntil !== undefined) conditions.push(['updated_at < ?', [formatTimestamp(updatedUntil)]]);
    if (after) {
      conditions.push([
        '(log_index > ? OR (log_index = ? AND sink > ?))',
        [after.logIndex, after.logIndex, after.sink],
      ]);
    }
    const questions = eventId === undefined ? await this.places(filter) : [eventQuestion(eventId, filter)];
    const found: DeliveryReceipt[] = [];
    for (const question of questions) {
      const all = [question, ...conditions];
      const where = all.map(([sql]) => sql).join(' AND ');
      const params = all.flatMap(([, values]) => values);
      found.push(...(await this.select(`WHERE ${where} ORDER BY log_index, sink LIMIT ?`, [...params, limit])));
    }
    if (filter.status === undefined || filter.status === 'delivered') found.push(...(await this.findInRuns(filter)));
    return found.sort(byPlace).slice(0, limit);
  }

  findParked(sink: string, below: number, dueAt: number, limit: number): Promise<DeliveryReceipt[]> {
    const due = '(next_attempt_at IS NULL OR next_attempt_at <= ?)';
    const latest = formatTimestamp(Math.min(dueAt, LATEST_MS));
    return this.select(
      `WHERE sink = ? AND status = 'pending' AND log_index < ? AND ${due} ORDER BY log_index LIMIT ?`,
      [sink, below, latest, limit],
    );
  }

  async findAhead(sink: string, from: number): Promise<DeliveryReceipt[]> {
    const found: DeliveryReceipt[] = [];
    for (const status of STATUSES) {
      const where = 'WHERE sink = ? AND status = ? AND log_index >= ? ORDER BY log_index LIMIT ?';
      found.push(...(await this.select(where, [sink, status, from, MOST_AHEAD])));
    }
    found.push(...(await this.runs.find(sink, from, { limit: MOST_AHEAD })));
    return found.sort(byPlace);
  }

  async countReceipts(sink: string, from: number, until: number): Promise<ReceiptCounts> {
    const counts = { delivered: 0, pending: 0, failed: 0 };
    for (const status of STATUSES) counts[status] = await this.count(sink, status, from, until);
    counts.delivered += await this.runs.count(sink, from, Math.min(until, LAST_INDEX));
    return counts;
  }

  async countUndelivered(sink: string): Promise<{ readonly pending: number; readonly failed: number }> {
    const pending = await this.count(sink, 'pending', 0, LAST_INDEX);
    return { pending, failed: await this.count(sink, 'failed', 0, LAST_INDEX) };
  }

  async removeReceipts(sink: string, eventIds: readonly string[]): Promise<void> {
    for (const ids of slices(eventIds)) {
      const sql = `DELETE FROM audit_receipt WHERE sink = ? AND status = 'pending' AND event_id IN (${marks(ids)})`;
      await this.database.execute(sql, [sink, ...ids]);
    }
  }

  async redrive(selection: RedriveSelection, now: number): Promise<number> {
    const conditions = ["status = 'failed'"];
    const params: SqlValue[] = [];
    if (selection.failedFrom !== undefined) {
      conditions.push('updated_at >= ?');
      params.push(formatTimestamp(selection.failedFrom));
    }
    if (selection.failedUntil !== undefined) {
      conditions.push('updated_at < ?');
      params.push(formatTimestamp(selection.failedUntil));
    }
    let changed = 0;
    for (const sink of selection.sink === undefined ? await this.sinks() : [selection.sink]) {
      for (const ids of selection.eventIds === undefined ? [null] : slices(selection.eventIds)) {
        const where = ['sink = ?', ...conditions, ...(ids ? [`event_id IN (${marks(ids)})`] : [])].join(' AND ');
        changed += await this.database.execute(
          `UPDATE audit_receipt SET status = 'pending', attempts = 0, next_attempt_at = NULL, updated_at = ? WHERE ${where}`,
          [formatTimestamp(now), sink, ...params, ...(ids ?? [])],
        );
      }
    }
    return changed;
  }

  private async findInRuns({ sink, eventId, after, limit, ...times }: ReceiptFilter): Promise<DeliveryReceipt[]> {
    const sinks = sink === undefined ? await this.sinks() : [sink];
    const { updatedFrom = -Infinity, updatedUntil = Infinity } = times;
    const found: DeliveryReceipt[] = [];
    if (eventId !== undefined) found.push(...(await this.runs.ofEvents(sinks, [eventId])));
    // One more, since the first may be the one that ended the page before.
    else
      for (const name of sinks)
        found.push(...(await this.runs.find(name, after?.logIndex ?? 0, { ...times, limit: limit + 1 })));
    return found.filter(
      (receipt) =>
        receipt.updatedAt >= updatedFrom &&
        receipt.updatedAt < updatedUntil &&
        (after === undefined || byPlace(receipt, after) > 0),
    );
  }

  private async places({ sink, status }: ReceiptFilter): Promise<[string, SqlValue[]][]> {
    const sinks = sink === undefined ? await this.sinks() : [sink];
    const statuses = status === undefined ? STATUSES : [status];
    return sinks.flatMap((name) =>
      statuses.map((one): [string, SqlValue[]] => ['sink = ? AND status = ?', [name, one]]),
    );
  }

  private async sinks(): Promise<string[]> {
    return (await this.database.query<{ sink: string }>('SELECT sink FROM audit_delivery ORDER BY sink')).map(
      ({ sink }) => sink,
    );
  }

  private async count(sink: string, status: ReceiptStatus, from: number, until: number): Promise<number> {
    const [row] = await this.database.query<{ n: unknown }>(
      'SELECT COUNT(*) AS n FROM audit_receipt WHERE sink = ? AND status = ? AND log_index >= ? AND log_index < ?',
      [sink, status, from, Math.min(until, LAST_INDEX)],
    );
    return toNumber(row.n);
  }

  private async select(rest: string, params: readonly SqlValue[]): Promise<DeliveryReceipt[]> {
    return (await this.database.query<ReceiptRow>(`${SELECT_RECEIPT} ${rest}`, params)).map(receiptOf);
  }
}

/** The end of the year 9999, the last moment that the text form has. */
const LATEST_MS = 253_402_300_799_999;

function eventQuestion(eventId: string, { sink, status }: ReceiptFilter): [string, SqlValue[]] {
  const conditions: [string, string | undefined][] = [
    ['event_id = ?', eventId],
    ['sink = ?', sink],
    ['status = ?', status],
  ];
  const given = conditions.filter((one): one is [string, string] => one[1] !== undefined);
  return [given.map(([sql]) => sql).join(' AND '), given.map(([, value]) => value)];
}

type Place = Pick<DeliveryReceipt, 'logIndex' | 'sink'>;

function byPlace(a: Place, b: Place): number {
  return a.logIndex - b.logIndex || (a.sink < b.sink ? -1 : a.sink > b.sink ? 1 : 0);
}
