import type { AuditEvent } from '../../event/audit-event.interface.js';

/** What the client of a `strict` route gets when its event could not be sealed. */
export const WITHHELD_BODY = JSON.stringify({
  statusCode: 503,
  error: 'Service Unavailable',
  message: 'The request could not be recorded in the audit trail, so its answer is withheld.',
});

/** What the client gets when its event is sealed, but a sink that it requires has no receipt for it. */
export const UNRECEIPTED_BODY = JSON.stringify({
  statusCode: 503,
  error: 'Service Unavailable',
  message: 'The request is in the audit trail, but not yet where it is required to be, so its answer is withheld.',
});

/** Whether the event itself was sealed, so that it can't be taken back any more: only its receipt is missing. */
export function isReceiptMissing(error: unknown): boolean {
  return (error as { code?: unknown } | null)?.code === 'AUDIT_REQUIRED_DELIVERY';
}

/** The request has its event, which says what was done; this one says that the client was not told. */
export function unreceiptedEvent({ context, tenant, http, outcome }: AuditEvent, error: unknown): AuditEvent {
  return {
    action: 'audit.answer_withheld',
    outcome: 'failure',
    severity: 'error',
    actor: { type: 'system', authMethod: 'internal' },
    ...(context && { context }),
    ...(tenant && { tenant }),
    reason: { code: 'receipt_missing', text: (error as Error).message },
    metadata: { answered: 503, withheld: { status: http?.status, outcome } },
  };
}

/** The event of a request whose answer was withheld: it says 503, as the client was told, and what the answer was. */
export function withheldEvent(event: AuditEvent, code: string): AuditEvent {
  return {
    ...event,
    outcome: event.outcome === 'denied' ? 'denied' : 'failure',
    severity: 'error',
    reason: { code },
    ...(event.http ? { http: { ...event.http, status: 503, responseBytes: Buffer.byteLength(WITHHELD_BODY) } } : {}),
    metadata: { ...event.metadata, withheld: { status: event.http?.status, outcome: event.outcome } },
  };
}
