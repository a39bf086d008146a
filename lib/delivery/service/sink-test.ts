import type { AuditEvent } from '../../event/audit-event.interface.js';
import { SINK_RESOURCE_TYPE, SINK_TEST_ACTION } from '../routing/compile-route.js';

/** An event that goes to one sink alone, whatever its route, to find out whether it arrives. */
export function sinkTestEvent(sink: string): AuditEvent {
  return {
    action: SINK_TEST_ACTION,
    severity: 'info',
    actor: { type: 'system', authMethod: 'internal' },
    resource: { type: SINK_RESOURCE_TYPE, id: sink },
  };
}
