import type { SealableEvent } from '../../lib/event/sealable-event.js';

/** The smallest event that can be sealed. Its id need not be a UUID. */
export function sealableEvent(id: string, stream = 'main'): SealableEvent {
  const occurredAt = '2026-11-21T20:44:00.123456Z';
  return {
    id,
    stream,
    parts: [
      '{"action":"test.run","actor":{"type":"system"},"alg":',
      `,"id":${JSON.stringify(id)},"occurredAt":"${occurredAt}","outcome":"success","previousHash":`,
      '',
      `,"service":{"instance":"i","name":"test"},"severity":"success","stream":${JSON.stringify(stream)},"v":1}`,
    ],
    sections: [],
    columns: {
      occurredAt,
      action: 'test.run',
      outcome: 'success',
      severity: 'success',
      actorId: null,
      actorType: 'system',
      resourceType: null,
      resourceId: null,
      tenantId: null,
      requestId: null,
      correlationId: null,
    },
  };
}
