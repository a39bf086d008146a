import fc from 'fast-check';
import { SECTION_NAMES } from '../../../lib/event/audit-event.interface.js';
import type { SealableEvent } from '../../../lib/event/sealable-event.js';
import { packEvents, unpackEvents } from '../../../lib/sealing-thread/packed-events.js';

const text = fc.string({ unit: 'binary' });
const textOrNull = fc.option(text);
const event: fc.Arbitrary<SealableEvent> = fc.record({
  id: text,
  stream: text,
  parts: fc.tuple(text, text, text, text),
  sections: fc.array(fc.record({ name: fc.constantFrom(...SECTION_NAMES), json: text }), { maxLength: 6 }),
  columns: fc.record({
    occurredAt: text,
    action: text,
    outcome: fc.constantFrom('success' as const, 'failure' as const, 'denied' as const),
    severity: fc.constantFrom('error' as const, 'warning' as const, 'info' as const, 'success' as const),
    actorId: textOrNull,
    actorType: text,
    resourceType: textOrNull,
    resourceId: textOrNull,
    tenantId: textOrNull,
    requestId: textOrNull,
    correlationId: textOrNull,
  }),
});

describe('events on their way to the sealing thread', () => {
  it('arrive as they were, whatever their texts and however many there are', () => {
    fc.assert(
      fc.property(fc.array(event), (events) => {
        expect(unpackEvents(structuredClone(packEvents(events)))).toEqual(events);
      }),
    );
  });
});
