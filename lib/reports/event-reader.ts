import type { AuditRecord } from '../event/audit-record.interface.js';
import type { JsonValue } from '../event/value-sanitizer.interface.js';
import { isDiscarded } from '../ledger/discarded-event.js';
import type { EventPageRequest, LedgerStore, StoredEvent } from '../ledger/ledger-store.port.js';
import type { AuditEntry, AuditFilter, AuditPage, AuditPageQuery } from './audit-query.interface.js';
import { checkFilter, checkPageQuery, checkText, readTime } from './check-query.js';

const DEFAULT_LIMIT = 100;
const STREAM_PAGE = 500;

/** Reads the log by filter, page by page. The cursor is a position in the log, so pages neither overlap nor skip. */
export class EventReader {
  constructor(private readonly store: LedgerStore) {}

  /** @returns null as well when its content was let go of after delivery */
  async get(eventId: string): Promise<AuditEntry | null> {
    checkText('id', eventId);
    const row = await this.store.findById(eventId);
    return row && !isDiscarded(row) ? toEntry(row) : null;
  }

  /** @throws {InvalidAuditQueryError} a condition that is unknown or can't be read, such as a time that is none */
  async find(query: AuditPageQuery = {}): Promise<AuditPage> {
    checkPageQuery(query);
    const limit = query.limit ?? DEFAULT_LIMIT;
    const rows = await this.store.findPage({ ...toPageRequest(query), limit, ...afterCursor(query.cursor) });
    const items = rows.map(toEntry);
    return { items, nextCursor: items.length < limit ? null : String(items[items.length - 1].logIndex) };
  }

  /**
   * All matching events one by one; the log is read in pages as the consumer goes on.
   * @throws {InvalidAuditQueryError} as above, at the first step
   */
  async *stream(filter: AuditFilter = {}): AsyncGenerator<AuditEntry, void, undefined> {
    checkFilter(filter);
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
    ...given('occurredFrom', from === undefined ? undefined : readTime('from', from)),
    ...given('occurredUntil', to === undefined ? undefined : readTime('to', to)),
  };
}

function given<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}

function afterCursor(cursor: string | undefined): { after?: number } {
  return cursor === undefined ? {} : { after: Number(cursor) };
}
