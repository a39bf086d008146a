import type { StoredEvent } from '../../../ledger/ledger-store.port.js';
import type { SqlDialect } from '../dialect/index.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';

/** Columns of `audit_event` and the properties that they hold, in the table's order. */
export const EVENT_COLUMNS = [
  ['log_index', 'logIndex'],
  ['event_id', 'eventId'],
  ['stream', 'stream'],
  ['sequence', 'sequence'],
  ['record', 'record'],
  ['hash', 'hash'],
  ['leaf_hash', 'leafHash'],
  ['signature', 'signature'],
  ['sections', 'sections'],
  ['occurred_at', 'occurredAt'],
  ['action', 'action'],
  ['outcome', 'outcome'],
  ['severity', 'severity'],
  ['actor_id', 'actorId'],
  ['actor_type', 'actorType'],
  ['resource_type', 'resourceType'],
  ['resource_id', 'resourceId'],
  ['tenant_id', 'tenantId'],
  ['request_id', 'requestId'],
  ['correlation_id', 'correlationId'],
] as const satisfies readonly (readonly [string, keyof StoredEvent])[];

export const EVENT_COLUMN_NAMES: readonly string[] = EVENT_COLUMNS.map(([column]) => column);

/** The columns named as the properties, so that rows need no copying. */
export function selectList(dialect: SqlDialect, columns: readonly (readonly [string, string])[]): string {
  return columns.map(([column, property]) => `${column} AS ${dialect.quote(property)}`).join(', ');
}

/** Values of a row in the order of {@link EVENT_COLUMNS}. */
export function eventValues(row: StoredEvent): SqlValue[] {
  return EVENT_COLUMNS.map(([, property]) => row[property]);
}

/** Makes numbers of the numbers in rows that came from {@link selectList}, in place. */
export function withNumbers<T extends { readonly logIndex: number; readonly sequence: number }>(rows: T[]): T[] {
  for (const row of rows as { logIndex: number; sequence: number }[]) {
    row.logIndex = toNumber(row.logIndex);
    row.sequence = toNumber(row.sequence);
  }
  return rows;
}
