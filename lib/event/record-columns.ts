import type { AuditRecord } from './audit-record.interface.js';
import type { EventColumns } from './sealable-event.js';

/** The query columns as the record implies them; a stored row that says otherwise has drifted. */
export function columnsOf(record: AuditRecord): EventColumns {
  return {
    occurredAt: record.occurredAt,
    action: record.action,
    outcome: record.outcome,
    severity: record.severity,
    actorId: record.actor.id ?? null,
    actorType: record.actor.type,
    resourceType: record.resource?.type ?? null,
    resourceId: record.resource?.id ?? null,
    tenantId: record.tenant?.id ?? null,
    requestId: record.context?.requestId ?? null,
    correlationId: record.context?.correlationId ?? null,
  };
}
