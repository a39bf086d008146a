import type { AuditRecord } from '../event/audit-record.interface.js';
import { toTimestamp } from '../event/timestamp.js';
import type { JsonValue } from '../event/value-sanitizer.interface.js';
import { isDiscarded } from '../ledger/discarded-event.js';
import type { EventPageRequest, LedgerStore, StoredEvent } from '../ledger/ledger-store.port.js';
import type { AuditEntry, AuditFilter, AuditPage, AuditPageQuery } from './audit-query.interface.js';
import { InvalidAuditQueryError } from './invalid-audit-query.error.js';

const DEFAULT_LIMIT = 100;
const MAX_LIMIT = 1000;
const STREAM_PAGE = 500;

/** Reads the log by filter, page by page. The cursor is a position in the log, so pages neither overlap nor skip. */
export class EventReader {
  constructor(private readonly store: LedgerStore) {}

  /** @returns null as well when its content was let go of after delivery */
  async get(eventId: string): Promise<AuditEntry | null> {
    const row = await this.store.findById(eventId);
    return row && !isDiscarded(row) ? toEntry(row) : null;
  }

  /** @throws {InvalidAuditQueryError} unreadable time, cursor or limit */
  async find(query: AuditPageQuery = {}): Promise<AuditPage> {
    const limit = query.limit ?? DEFAULT_LIMIT;
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw new InvalidAuditQueryError('limit', limit, `a whole number from 1 to ${MAX_LIMIT}`);
    }
    const rows = await this.store.findPage({ ...toPageRequest(query), limit, ...afterCursor(query.cursor) });
    const items = rows.map(toEntry);
    return { items, nextCursor: items.length < limit ? null : String(items[items.length - 1].logIndex) };
  }

  /** All matching events one by one; the log is read in pages as the consumer goes on. */
  async *stream(filter: AuditFilter = {}): AsyncGenerator<AuditEntry, void, undefined> {
    const request = toPageRequest(filter);
    let after: number | undefined;
    for (;;) {
      const rows = await this.store.findPage({
        ...request,
        limit: STREAM_PAGE,
        ...(after === undefined ? {} : { after }),
      });
      for (const row of rows) yield toEntry(row);
      if (rows.length < STREAM_PAGE) return;
      after = rows[rows.length - 1].logIndex;
    }
  }
}

/** @internal exported for readers that page by themselves */
export function toEntry(row: StoredEvent): AuditEntry {
  return {
    logIndex: row.logIndex,
    hash: row.hash,
    bytes: row.record,
    record: JSON.parse(row.record) as AuditRecord,
    sections: sectionValues(row.sections),
    signature: row.signature === null ? null : (JSON.parse(row.signature) as AuditEntry['signature']),
  };
}

function sectionValues(stored: string | null): Record<string, JsonValue> {
  if (stored === null) return {};
  const sections = JSON.parse(stored) as Record<string, { value: JsonValue }>;
  return Object.fromEntries(Object.entries(sections).map(([name, { value }]) => [name, value]));
}

function toPageRequest(filter: AuditFilter): Omit<EventPageRequest, 'limit' | 'after'> {
  const { action, from, to, resource } = filter;
  const prefix = typeof action === 'string' && action.endsWith('*') ? action.slice(0, -1) : undefined;
  return {
    direction: filter.order === 'oldest' ? 'ascending' : 'descending',
    ...given('action', prefix === undefined ? action : undefined),
    ...given('actionPrefix', prefix),
    ...given('outcome', filter.outcome),
    ...given('severity', filter.severity),
    ...given('actorId', filter.actor),
    ...given('actorType', filter.actorType),
    ...given('resourceType', resource?.type),
    ...given('resourceId', resource?.id),
    ...given('tenantId', filter.tenant),
    ...given('requestId', filter.requestId),
    ...given('correlationId', filter.correlationId),
    ...given('stream', filter.stream),
    ...given('occurredFrom', bound('from', from)),
    ...given('occurredUntil', bound('to', to)),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function bound(name: string, value: Date | string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const timestamp = toTimestamp(value);
  if (timestamp === null) throw new InvalidAuditQueryError(name, value, 'a Date or an RFC 3339 date and time');
  return timestamp;
}

function afterCursor(cursor: string | undefined): { after?: number } {
  if (cursor === undefined) return {};
  if (!/^(0|[1-9]\d{0,15})$/.test(cursor)) {
    throw new InvalidAuditQueryError('cursor', cursor, 'the nextCursor of a page, unchanged');
  }
  return { after: Number(cursor) };
}
