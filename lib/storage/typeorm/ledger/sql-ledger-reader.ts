import type {
  EventPageRequest,
  LogHead,
  SealedPosition,
  StoredEvent,
  StoredLine,
  StreamHead,
} from '../../../ledger/ledger-store.port.js';
import type { SqlDatabase } from '../sql-database.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';
import { conditionOf } from './event-filter.sql.js';
import { EVENT_COLUMNS, selectList, withNumbers } from './event-row.js';
import { SELECT_HEAD, SELECT_STREAMS, toLogHead, toStreamHead } from './head-rows.js';
import type { HeadRow, StreamRow } from './head-rows.js';
import { isStorable } from './text-order.js';

/** Values in one IN list: few enough for every driver, and statements stay short. */
const MAX_LIST = 500;
const LINE_COLUMNS = ['logIndex', 'eventId', 'record', 'hash', 'leafHash', 'signature'];
const POSITION_COLUMNS = ['eventId', 'logIndex', 'stream', 'sequence', 'hash', 'occurredAt'];

/** Reads the log; the same SQL on every database. */
export class SqlLedgerReader {
  private readonly events: string;
  private readonly positions: string;
  private readonly lines: string;
  private readonly wholeLines: string;

  constructor(private readonly database: SqlDatabase) {
    const { dialect } = database;
    const select = (properties: readonly string[]): string => {
      const columns = EVENT_COLUMNS.filter(([, property]) => properties.includes(property));
      return `SELECT ${selectList(dialect, columns)} FROM audit_event`;
    };
    this.events = select(EVENT_COLUMNS.map(([, property]) => property));
    this.positions = select(POSITION_COLUMNS);
    this.lines = select(LINE_COLUMNS).replace(' FROM', `, NULL AS ${dialect.quote('sections')} FROM`);
    this.wholeLines = select([...LINE_COLUMNS, 'sections']);
  }

  async readHead(): Promise<LogHead> {
    return toLogHead(await this.database.query<HeadRow>(SELECT_HEAD));
  }

  async readStreams(names?: readonly string[]): Promise<StreamHead[]> {
    const rows = names
      ? await this.queryLists<StreamRow>(SELECT_STREAMS, 'name', names)
      : await this.database.query<StreamRow>(SELECT_STREAMS);
    return rows.map(toStreamHead);
  }

  async findSealed(eventIds: readonly string[]): Promise<SealedPosition[]> {
    return withNumbers(await this.queryLists<SealedPosition>(this.positions, 'event_id', eventIds));
  }

  async readRange(from: number, limit: number): Promise<StoredEvent[]> {
    return this.read('WHERE log_index >= ? ORDER BY log_index LIMIT ?', [from, limit]);
  }

  async readLines(from: number, limit: number, sections: boolean): Promise<StoredLine[]> {
    const select = sections ? this.wholeLines : this.lines;
    const sql = `${select} WHERE log_index >= ? ORDER BY log_index LIMIT ?`;
    const rows = await this.database.query<{ -readonly [K in keyof StoredLine]: StoredLine[K] }>(sql, [from, limit]);
    for (const row of rows) row.logIndex = toNumber(row.logIndex);
    return rows;
  }

  async readLeafHashes(from: number, to: number): Promise<string[]> {
    const rows = await this.database.query<{ leaf_hash: string }>(
      'SELECT leaf_hash FROM audit_event WHERE log_index >= ? AND log_index < ? ORDER BY log_index',
      [from, to],
    );
    return rows.map((row) => row.leaf_hash);
  }

  async findPage(request: EventPageRequest): Promise<StoredEvent[]> {
    const condition = conditionOf(request, this.database.dialect.name);
    if (!condition) return [];
    const order = request.direction === 'ascending' ? 'ASC' : 'DESC';
    return this.read(`WHERE ${condition.sql} ORDER BY log_index ${order} LIMIT ?`, [
      ...condition.params,
      request.limit,
    ]);
  }

  async findById(eventId: string): Promise<StoredEvent | null> {
    if (!isStorable(eventId)) return null;
    const [row] = await this.read('WHERE event_id = ?', [eventId]);
    return row ?? null;
  }

  private async read(rest: string, params: readonly SqlValue[]): Promise<StoredEvent[]> {
    return withNumbers(await this.database.query<StoredEvent>(`${this.events} ${rest}`, params));
  }

  private async queryLists<T>(select: string, column: string, values: readonly string[]): Promise<T[]> {
    const rows: T[] = [];
    const storable = values.filter(isStorable);
    for (let start = 0; start < storable.length; start += MAX_LIST) {
      const list = storable.slice(start, start + MAX_LIST);
      const marks = list.map(() => '?').join(', ');
      rows.push(...(await this.database.query<T>(`${select} WHERE ${column} IN (${marks})`, list)));
    }
    return rows;
  }
}
