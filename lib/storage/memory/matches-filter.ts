import type { EventFilter, StoredEvent } from '../../ledger/ledger-store.port.js';

const EQUALS = [
  'action',
  'outcome',
  'severity',
  'actorId',
  'actorType',
  'resourceType',
  'resourceId',
  'tenantId',
  'requestId',
  'correlationId',
  'stream',
] as const satisfies readonly (keyof EventFilter & keyof StoredEvent)[];

/** Whether a row meets all conditions of a filter: what SQL's WHERE decides elsewhere. */
export function matchesFilter(row: StoredEvent, filter: EventFilter): boolean {
  for (const property of EQUALS) {
    const wanted = filter[property];
    const found = row[property];
    if (wanted === undefined || (wanted === null && found === null)) continue;
    if (wanted === null || found === null || ![wanted].flat().includes(found)) return false;
  }
  if (filter.sequence !== undefined && row.sequence !== filter.sequence) return false;
  const { actionPrefix = '', occurredFrom = '', occurredUntil } = filter;
  if (!row.action.startsWith(actionPrefix) || row.occurredAt < occurredFrom) return false;
  return occurredUntil === undefined || row.occurredAt < occurredUntil;
}
