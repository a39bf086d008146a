import type { Outcome, SectionName, Severity } from '../event/audit-event.interface.js';
import type { SealableEvent, SectionText } from '../event/sealable-event.js';

/** The texts of any number of events in a row; each begins with how many sections it has. */
export type PackedEvents = readonly (string | number | null)[];

/**
 * Lays a batch out for its way to the sealing thread. Structured cloning of the events themselves writes the name of
 * every member of every event and keeps track of each object.
 */
export function packEvents(events: readonly SealableEvent[]): PackedEvents {
  const packed: (string | number | null)[] = [];
  for (const { id, stream, parts, sections, columns } of events) {
    packed.push(
      sections.length,
      id,
      stream,
      parts[0],
      parts[1],
      parts[2],
      parts[3],
      columns.occurredAt,
      columns.action,
      columns.outcome,
      columns.severity,
      columns.actorId,
      columns.actorType,
      columns.resourceType,
      columns.resourceId,
      columns.tenantId,
      columns.requestId,
      columns.correlationId,
    );
    for (const { name, json } of sections) packed.push(name, json);
  }
  return packed;
}

export function unpackEvents(packed: PackedEvents): SealableEvent[] {
  const events: SealableEvent[] = [];
  let next = 0;
  const text = () => packed[next++] as string;
  const textOrNull = () => packed[next++] as string | null;
  while (next < packed.length) {
    const count = packed[next++] as number;
    events.push({
      id: text(),
      stream: text(),
      parts: [text(), text(), text(), text()],
      columns: {
        occurredAt: text(),
        action: text(),
        outcome: text() as Outcome,
        severity: text() as Severity,
        actorId: textOrNull(),
        actorType: text(),
        resourceType: textOrNull(),
        resourceId: textOrNull(),
        tenantId: textOrNull(),
        requestId: textOrNull(),
        correlationId: textOrNull(),
      },
      sections: Array.from({ length: count }, (): SectionText => ({ name: text() as SectionName, json: text() })),
    });
  }
  return events;
}
