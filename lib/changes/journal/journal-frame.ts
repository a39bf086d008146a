import type { ChangeContext } from '../change-context.interface.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { JournalEntry, WriteMoment } from './journal-entry.js';

/** Writes beyond what is held in memory. */
export interface Skipped {
  /** Of the first of them. */
  readonly moment: WriteMoment;
  rows: number;
}

/** What was written within one savepoint. */
export class JournalFrame {
  entries: JournalEntry[] = [];
  /** How many of the entries are frozen already. */
  frozen = 0;
  /** Changes of each context whose events are in the outbox or in `entries`. */
  readonly recorded = new Map<ChangeContext, number>();
  /** Keys by table whose rows were deleted or moved away. */
  readonly vacated = new Set<string>();
  /** Writes that are only counted, by table. */
  readonly skipped = new Map<TablePlan, Skipped>();

  skip(plan: TablePlan, moment: WriteMoment, rows = 1): void {
    const known = this.skipped.get(plan);
    if (known) known.rows += rows;
    else this.skipped.set(plan, { moment, rows });
  }

  count(context: ChangeContext | undefined, changes = 1): void {
    if (context) this.recorded.set(context, (this.recorded.get(context) ?? 0) + changes);
  }

  /** Drops what was written after a moment. */
  cut(order: number): void {
    this.entries = this.entries.filter((entry) => entry.order <= order);
    this.frozen = this.entries.filter(({ kind }) => kind === 'frozen').length;
  }

  /** Takes over what an inner savepoint leaves when it is released. */
  absorb(inner: JournalFrame): void {
    for (const entry of inner.entries) this.entries.push(entry);
    this.frozen += inner.frozen;
    for (const key of inner.vacated) this.vacated.add(key);
    for (const [context, changes] of inner.recorded) this.count(context, changes);
    for (const [plan, { moment, rows }] of inner.skipped) this.skip(plan, moment, rows);
  }
}
