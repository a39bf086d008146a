import { SECTION_NAMES } from '../../event/audit-event.interface.js';
import type { SealableEvent } from '../../event/sealable-event.js';
import { parseEvent } from '../spool/spool-line.js';

const NULLABLE = ['actorId', 'resourceType', 'resourceId', 'tenantId', 'requestId', 'correlationId'] as const;
const REQUIRED = ['occurredAt', 'action', 'outcome', 'severity', 'actorType'] as const;

/**
 * Reads what stands in an outbox row. Anybody who may insert into the table may have written it, and what is sealed can't
 * be taken back, so it is looked at closely.
 *
 * @returns null unless it is an event that makes a sound record
 */
export function readOutboxPayload(json: string): SealableEvent | null {
  const event = parseEvent(json);
  return event && hasSoundColumns(event) && hasSoundSections(event) && makesRecord(event) ? event : null;
}

function hasSoundColumns({ columns }: SealableEvent): boolean {
  return (
    REQUIRED.every((name) => typeof columns[name] === 'string') &&
    NULLABLE.every((name) => columns[name] === null || typeof columns[name] === 'string')
  );
}

function hasSoundSections({ sections }: SealableEvent): boolean {
  return sections.every(
    (section) => SECTION_NAMES.includes(section?.name) && typeof section.json === 'string' && isJson(section.json),
  );
}

/** With any values in the places that sealing fills, the parts are JSON that says the same as the columns. */
function makesRecord({ id, stream, parts: [first, second, third, last], columns }: SealableEvent): boolean {
  try {
    const record = JSON.parse(`${first}""${second}null${third}${last}`) as Record<string, unknown>;
    return (
      record.id === id &&
      record.stream === stream &&
      record.action === columns.action &&
      record.occurredAt === columns.occurredAt &&
      record.outcome === columns.outcome
    );
  } catch {
    return false;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
