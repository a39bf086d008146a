import type { EventFilter, EventPageRequest } from '../../../ledger/ledger-store.port.js';
import type { SqlDialectName } from '../dialect/index.js';
import type { SqlValue } from '../sql-transaction.js';
import { endOfPrefix, isStorable } from './text-order.js';

export interface SqlCondition {
  readonly sql: string;
  readonly params: readonly SqlValue[];
}

const EQUALS = {
  action: 'action',
  outcome: 'outcome',
  severity: 'severity',
  actorId: 'actor_id',
  actorType: 'actor_type',
  resourceType: 'resource_type',
  resourceId: 'resource_id',
  tenantId: 'tenant_id',
  requestId: 'request_id',
  correlationId: 'correlation_id',
  stream: 'stream',
} as const satisfies Partial<Record<keyof EventFilter, string>>;

/** What was discarded has nothing to show. */
const WITH_CONTENT = 'log_index >= (SELECT discarded_below FROM audit_head WHERE id = 1)';

/** Conditions that leave few rows, whose index also has the page's order. */
const SELECTIVE = ['actorId', 'resourceId', 'requestId', 'correlationId'] as const satisfies (keyof EventFilter)[];

/** The conditions of a page, joined by AND; null when no row can meet them. */
export function conditionOf(request: EventPageRequest, dialect: SqlDialectName): SqlCondition | null {
  const parts: string[] = [];
  const params: SqlValue[] = [];
  const add = (sql: string, ...values: SqlValue[]) => {
    parts.push(sql);
    params.push(...values);
  };
  // SQLite keeps no statistics: given an index, it takes it, even if it then has to sort half the log for each page.
  // A plus hides a column from it, so that it walks the log in order instead.
  const inOrder = (column: string) => (dialect === 'sqlite' ? `+${column}` : column);

  for (const [property, column] of Object.entries(EQUALS) as [keyof typeof EQUALS, string][]) {
    const wanted = request[property];
    if (wanted === undefined) continue;
    if (wanted === null) {
      add(`${column} IS NULL`);
      continue;
    }
    const values = [wanted].flat().filter(isStorable);
    if (values.length === 0) return null;
    const wholeStream = property === 'stream' && request.sequence === undefined;
    const unordered = values.length > 1 || wholeStream || isTypeAlone(property, request);
    const marks = values.map(() => '?').join(', ');
    add(`${unordered ? inOrder(column) : column} IN (${marks})`, ...values);
  }
  const { sequence, actionPrefix, occurredFrom, occurredUntil, after, direction } = request;
  if (sequence !== undefined) add('sequence = ?', sequence);
  if (![actionPrefix, occurredFrom, occurredUntil].every((text) => text === undefined || isStorable(text))) return null;
  if (actionPrefix) {
    add(`${inOrder('action')} >= ?`, actionPrefix);
    const end = endOfPrefix(actionPrefix);
    if (end !== null) add(`${inOrder('action')} < ?`, end);
  }
  if (occurredFrom !== undefined) add(`${inOrder('occurred_at')} >= ?`, occurredFrom);
  if (occurredUntil !== undefined) add(`${inOrder('occurred_at')} < ?`, occurredUntil);
  if (after !== undefined) add(direction === 'ascending' ? 'log_index > ?' : 'log_index < ?', after);
  else if (occurredFrom !== undefined && occurredUntil !== undefined && !isSelective(request)) {
    add(firstIndexOfRange(direction), occurredFrom, occurredUntil);
  }
  if (!request.discarded) add(WITH_CONTENT);
  return { sql: parts.length > 0 ? parts.join(' AND ') : '1 = 1', params };
}

/**
 * Where the first page of a time range begins, found in the index alone. Otherwise a walk through the log would start at
 * its end, however far away the range is; further pages begin behind their predecessor.
 */
function firstIndexOfRange(direction: EventPageRequest['direction']): string {
  const [comparison, extreme] = direction === 'ascending' ? ['>=', 'MIN'] : ['<=', 'MAX'];
  return (
    `log_index ${comparison} (SELECT ${extreme}(bound.log_index) FROM audit_event bound ` +
    'WHERE bound.occurred_at >= ? AND bound.occurred_at < ?)'
  );
}

function isSelective(request: EventPageRequest): boolean {
  return SELECTIVE.some((property) => request[property] !== undefined);
}

/** The index of resources is in the order of the log only within one resource. */
function isTypeAlone(property: string, { resourceId }: EventPageRequest): boolean {
  return property === 'resourceType' && resourceId === undefined;
}
