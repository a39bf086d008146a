import type { AuditRecord } from '../../event/audit-record.interface.js';
import { SECTION_NAMES } from '../../event/audit-event.interface.js';
import { columnsOf } from '../../event/record-columns.js';
import type { EventColumns, SealableEvent, SectionText } from '../../event/sealable-event.js';

const NULLABLE = ['actorId', 'resourceType', 'resourceId', 'tenantId', 'requestId', 'correlationId'] as const;
const REQUIRED = ['occurredAt', 'action', 'outcome', 'severity', 'actorType'] as const;

/** What stands in an outbox row: the record and its sections. All else of an event is said by the record. */
export function writeOutboxPayload({ parts, sections }: SealableEvent): string {
  return JSON.stringify({ parts, sections });
}

/**
 * Reads what stands in an outbox row. Anybody who may insert into the table may have written it, and what is sealed can't
 * be taken back, so it is looked at closely.
 *
 * @returns null unless it is an event that makes a sound record
 */
export function readOutboxPayload(json: string): SealableEvent | null {
  try {
    const { parts, sections } = JSON.parse(json) as Partial<SealableEvent>;
    if (!areParts(parts) || !areSections(sections)) return null;
    // With any values in the places that sealing fills, the parts are the record.
    const record = JSON.parse(`${parts[0]}""${parts[1]}null${parts[2]}${parts[3]}`) as AuditRecord;
    const columns = columnsOf(record);
    const { id, stream } = record;
    const isSound = typeof id === 'string' && typeof stream === 'string' && areColumns(columns);
    return isSound ? { id, stream, parts, sections, columns } : null;
  } catch {
    return null;
  }
}

function areParts(parts: unknown): parts is SealableEvent['parts'] {
  return Array.isArray(parts) && parts.length === 4 && parts.every((part) => typeof part === 'string');
}

function areSections(sections: unknown): sections is readonly SectionText[] {
  const isSection = (section: SectionText | null) =>
    section !== null &&
    SECTION_NAMES.includes(section.name) &&
    typeof section.json === 'string' &&
    isJson(section.json);
  return Array.isArray(sections) && sections.every(isSection);
}

function areColumns(columns: EventColumns): boolean {
  return (
    REQUIRED.every((name) => typeof columns[name] === 'string') &&
    NULLABLE.every((name) => columns[name] === null || typeof columns[name] === 'string')
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
