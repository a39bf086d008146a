import type {
  EventContext,
  EventFlag,
  EventReason,
  FieldChange,
  TenantRef,
} from '../../event/audit-event.interface.js';
import type { AuditRecord } from '../../event/audit-record.interface.js';
import type { JsonValue } from '../../event/value-sanitizer.interface.js';

/**
 * What happened to a row. Two kinds speak of the row only perhaps: `bulk`, a write to many rows that are not recorded one
 * by one, and `gap`, events that were lost and counted.
 */
export const ROW_CHANGE_KINDS = ['create', 'update', 'delete', 'soft_delete', 'restore', 'link', 'unlink'] as const;
export type RowChangeKind = (typeof ROW_CHANGE_KINDS)[number] | 'bulk' | 'gap';

/**
 * One step in the history of a row.
 *
 * @publicApi
 */
export interface RowChange {
  readonly kind: RowChangeKind;
  /** Position of the event in the log. Steps come in this order. */
  readonly logIndex: number;
  readonly eventId: string;
  readonly action: string;
  /** When the row was written, within its transaction: RFC 3339, UTC, microseconds. */
  readonly occurredAt: string;
  readonly actor: AuditRecord['actor'];
  /** Display name of the actor, unless it was erased. */
  readonly actorName?: string;
  readonly tenant?: TenantRef;
  /** Why, if somebody said so. */
  readonly reason?: EventReason;
  /** Request, correlation and transaction that it belongs to. */
  readonly context: EventContext;
  /**
   * Changed fields, redacted when they were recorded. A missing side: there was, or is, nothing. Of a new or a deleted row
   * fields that are null are left out. Null: the values have been erased from the trail.
   */
  readonly changes: readonly FieldChange[] | null;
  readonly flags: readonly EventFlag[];
  /** Further facts: what it was a consequence of (`cause`), the criteria of a bulk write, what is not recorded. */
  readonly metadata: Readonly<Record<string, JsonValue>>;
}
