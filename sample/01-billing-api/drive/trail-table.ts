import type { AuditEntry } from 'nestjs-audit-trail';

const COLUMNS = ['index', 'time', 'actor', 'tenant', 'action', 'resource', 'outcome', 'status', 'hash'] as const;

/** The trail as a table that a person can read. */
export function formatTrail(entries: readonly AuditEntry[]): string {
  const rows = [COLUMNS as readonly string[], ...entries.map(cellsOf)];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cellsOf({ logIndex, record, hash }: AuditEntry): string[] {
  const { actor, resource, http } = record;
  const status = http?.aborted ? 'aborted' : String(http?.status ?? '-');
  return [
    String(logIndex),
    record.occurredAt.slice(11, 23),
    short(actor.id ?? (actor.claimedId ? `anonymous (${actor.claimedId}?)` : actor.type), 18),
    record.tenant?.slug ?? '-',
    short(record.action, 24),
    short(resource ? `${resource.type} ${resource.id ?? ''}`.trim() : '-', 22),
    record.outcome,
    status,
    hash.slice(0, 12),
  ];
}

function short(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
