import { columnsOf } from '../event/record-columns.js';
import type { AuditRecord } from '../event/audit-record.interface.js';
import type { JsonLine } from '../event/parse-json-line.js';
import type { EventColumns } from '../event/sealable-event.js';
import type { StoredEvent } from './ledger-store.port.js';

/**
 * The row that a line of a log in JSON Lines stands for.
 *
 * @param leafHash no line has one, so whoever reads the line says what it is, lowercase hex
 */
export function rowOfLine(line: JsonLine, logIndex: number, leafHash: string): StoredEvent {
  const { record, value, hash, signature, sections } = line;
  const { id: eventId, stream, sequence } = value;
  return { logIndex, eventId, stream, sequence, record, hash, leafHash, signature, sections, ...columns(value) };
}

/** A record may have been edited into anything; queries compare texts. */
function columns(value: AuditRecord): EventColumns {
  const { occurredAt, action, outcome, severity, actor } = value;
  const read = columnsOf({ ...value, actor: actor ?? {} });
  return {
    ...read,
    occurredAt: textOr(occurredAt, ''),
    action: textOr(action, ''),
    outcome: textOr(outcome, '') as EventColumns['outcome'],
    severity: textOr(severity, '') as EventColumns['severity'],
    actorType: textOr(read.actorType, ''),
  };
}

function textOr(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
