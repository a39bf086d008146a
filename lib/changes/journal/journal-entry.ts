import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { SealableEvent } from '../../event/sealable-event.js';
import type { ChangeContext } from '../change-context.interface.js';
import type { RowImage, RowKey } from '../rows/row-image.js';
import type { TablePlan } from '../rows/table-plan.js';

/** Circumstances of a write. */
export interface WriteMoment {
  readonly context: ChangeContext | undefined;
  /** Why, as it was said before the write; what is said later in the same request may belong to something else. */
  readonly reason?: ChangeContext['reason'];
  /** RFC 3339 UTC with microseconds. */
  readonly occurredAt: string;
}

/** A row whose change brought another row's change with it. */
export interface ChangeCause {
  readonly type: string;
  readonly id: string;
}

/**
 * A write to one row. What the row was before is known from the start; what it became is known when the row is next
 * read in the same transaction, at the latest before its commit. So values never come from what the application says it
 * writes, only from the database.
 */
export interface Touch {
  readonly kind: 'touch';
  readonly order: number;
  readonly moment: WriteMoment;
  readonly plan: TablePlan;
  /** The row before; null when there was none. */
  readonly before: RowImage | null;
  /** The row after; null when there is none, undefined while it is not known yet. */
  after: RowImage | null | undefined | 'unreadable';
  /** What finds the row after the write. */
  readonly key: RowKey;
  /** The write has deleted the row. */
  readonly vacates?: boolean;
  readonly cause?: ChangeCause;
}

/** An event that is complete already: a summary of a bulk write, or what the application itself logged. */
export interface Remark {
  readonly kind: 'remark';
  readonly order: number;
  readonly moment: WriteMoment;
  readonly event: AuditEvent;
}

/** An event that is frozen but could not be put into the outbox, so that it waits for the end of its transaction. */
export interface Frozen {
  readonly kind: 'frozen';
  readonly order: number;
  readonly moment: WriteMoment;
  readonly event: SealableEvent;
}

export type JournalEntry = Touch | Remark | Frozen;
