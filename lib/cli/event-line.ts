import type { AuditRecord } from '../event/audit-record.interface.js';
import type { StoredEvent } from '../ledger/ledger-store.port.js';
import type { CliIo } from './cli-io.interface.js';
import { paint, plain } from './terminal.js';

const COLOURS = { success: 'green', failure: 'red', denied: 'yellow' } as const;

/** An event on one line, for people. */
export function eventLine(io: CliIo, { logIndex, record: text }: Pick<StoredEvent, 'logIndex' | 'record'>): string {
  const record = JSON.parse(text) as AuditRecord;
  const { actor, resource, http } = record;
  const colour = COLOURS[record.outcome as keyof typeof COLOURS] ?? 'red';
  const parts = [
    paint(io, 'dim', String(logIndex).padStart(8)),
    record.occurredAt.slice(0, 23).replace('T', ' '),
    paint(io, colour, record.outcome.padEnd(7)),
    paint(io, 'bold', plain(record.action)),
    plain(actor.id === undefined ? actor.type : `${actor.type}:${actor.id}`),
    ...(resource ? [plain(resource.id === undefined ? resource.type : `${resource.type}/${resource.id}`)] : []),
    ...(http ? [paint(io, 'dim', plain(`${http.method} ${http.path ?? ''} ${http.status ?? ''}`.trimEnd()))] : []),
  ];
  return `${parts.join('  ')}\n`;
}
