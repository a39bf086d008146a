import type { FieldChange } from '../../event/audit-event.interface.js';
import type { AuditRecord } from '../../event/audit-record.interface.js';
import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import type { StoredEvent } from '../../ledger/ledger-store.port.js';
import { ROW_CHANGE_KINDS } from './row-change.interface.js';
import type { RowChange, RowChangeKind } from './row-change.interface.js';

type Sections = Record<string, { readonly value: JsonValue }>;
type Members = Readonly<Record<string, JsonValue>>;

/** Says that a process ended without a word, not that anything was lost. */
const NO_LOSS = 'unclean_shutdown';
/** Of rows beyond the number that is held in memory. */
const BULK_VERBS: readonly string[] = [...ROW_CHANGE_KINDS, 'change'];

/** @returns null for events that are no change of a row, such as the request that caused it */
export function readRowChange(row: StoredEvent): RowChange | null {
  const record = JSON.parse(row.record) as AuditRecord;
  const kind = kindOf(record);
  if (!kind) return null;
  const sections = row.sections === null ? {} : (JSON.parse(row.sections) as Sections);
  const { reason: text, ...metadata } = members(sections.metadata?.value);
  const { displayName } = members(sections.client?.value);
  const code = record.reason?.code;
  return {
    kind,
    logIndex: row.logIndex,
    eventId: row.eventId,
    action: record.action,
    occurredAt: record.occurredAt,
    actor: record.actor,
    ...(typeof displayName === 'string' ? { actorName: displayName } : {}),
    ...(record.tenant ? { tenant: record.tenant } : {}),
    ...(code !== undefined || typeof text === 'string'
      ? { reason: { ...(code === undefined ? {} : { code }), ...(typeof text === 'string' ? { text } : {}) } }
      : {}),
    context: record.context ?? {},
    changes: changesOf(record, sections),
    flags: record.flags ?? [],
    metadata,
  };
}

function kindOf({ action, resource, http, context, sections, reason }: AuditRecord): RowChangeKind | null {
  if (action === 'audit.gap') return reason?.code === NO_LOSS ? null : 'gap';
  // A request for `invoice.update` is not the update itself.
  if (http || !resource || (context?.transactionId === undefined && !sections?.changes)) return null;
  const prefix = `${resource.type}.`;
  const verb = action.startsWith(prefix) ? action.slice(prefix.length) : '';
  if (resource.id === undefined) return BULK_VERBS.includes(verb) ? 'bulk' : null;
  return ROW_CHANGE_KINDS.find((kind) => kind === verb) ?? null;
}

function changesOf(record: AuditRecord, sections: Sections): FieldChange[] | null {
  const value = sections.changes?.value;
  if (value === undefined) return record.sections?.changes ? null : [];
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is FieldChange & { [key: string]: JsonValue } => {
    return typeof members(item).path === 'string';
  });
}

function members(value: JsonValue | undefined): Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
}
