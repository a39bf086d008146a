import { v7 as uuidv7 } from 'uuid';
import type { ChangeContext } from '../change-context.interface.js';
import type { RowImage, RowKey } from '../rows/row-image.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { Frozen, JournalEntry, Remark, Touch } from './journal-entry.js';
import { JournalFrame } from './journal-frame.js';
import type { Skipped } from './journal-frame.js';

/** Entries of one transaction that are held in memory at most; further rows are only counted. */
const MAX_ENTRIES = 50_000;

/**
 * What one database transaction has written so far, by savepoint: an entry lives and dies with the savepoint in which
 * it was made. The bottom frame is the transaction itself.
 */
export class TransactionJournal {
  /** Ties the events of the transaction together. */
  readonly transactionId = uuidv7();
  /** Whether the transaction holds SQLite's write lock already. */
  claimed = false;
  private readonly frames: JournalFrame[] = [new JournalFrame()];
  private readonly latest = new Map<string, Touch>();
  /** How far the journal was when the application set a savepoint by SQL, by its name. */
  private readonly marks = new Map<string, number>();
  private order = 0;

  /** Entries of the innermost savepoint that are not frozen yet. */
  get innermost(): number {
    const { entries, frozen } = this.top;
    return entries.length - frozen;
  }

  get isEmpty(): boolean {
    return this.frames.every(({ entries, skipped }) => entries.length === 0 && skipped.size === 0);
  }

  /** Takes out how many changes of each context are recorded. */
  takeRecorded(): Map<ChangeContext, number> {
    this.release(1);
    const recorded = new Map(this.top.recorded);
    this.top.recorded.clear();
    return recorded;
  }

  /**
   * The row is about to be written and was read: what the previous write of the same row left is known now.
   * Without a previous write nothing happens.
   */
  seen(plan: TablePlan, key: RowKey, image: RowImage | null): void {
    const previous = this.latest.get(rowOf(plan, key));
    if (previous && previous.after === undefined) previous.after = image;
  }

  /** @param depth of the savepoint in which the row was written, 1 for the transaction itself */
  touch(depth: number, touch: Omit<Touch, 'kind' | 'order'>): void {
    const frame = this.frame(depth);
    const row = rowOf(touch.plan, touch.key);
    const previous = touch.before ? rowOf(touch.plan, touch.before.key) : row;
    const vacates = touch.vacates || touch.after === null || previous !== row;
    // The others tell whose a row is, so nobody asks.
    if (vacates && touch.plan.dialect.name === 'mysql') frame.vacated.add(previous);
    if (this.held >= MAX_ENTRIES) return frame.skip(touch.plan, touch.moment);
    const entry: Touch = { kind: 'touch', order: ++this.order, ...touch };
    frame.entries.push(entry);
    this.latest.delete(previous);
    this.latest.set(row, entry);
  }

  /** Whether the transaction has deleted the row of this key, or moved it away. Known on MySQL only. */
  hasVacated(plan: TablePlan, key: RowKey): boolean {
    return this.frames.some(({ vacated }) => vacated.has(rowOf(plan, key)));
  }

  remark(depth: number, remark: Omit<Remark, 'kind' | 'order'>): void {
    this.frame(depth).entries.push({ kind: 'remark', order: ++this.order, ...remark });
  }

  /** Puts entries that were taken out back into the innermost savepoint, as frozen events. */
  putBack(frozen: readonly Frozen[]): void {
    for (const entry of frozen) this.top.entries.push(entry);
    this.top.frozen += frozen.length;
  }

  /** Notes that changes of the innermost savepoint are recorded. */
  count(context: ChangeContext | undefined, changes = 1): void {
    this.top.count(context, changes);
  }

  /** Savepoints deeper than `depth` were released: what they hold belongs to the level below them. */
  release(depth: number): void {
    while (this.frames.length > Math.max(depth, 1)) {
      const inner = this.frames.pop() as JournalFrame;
      this.top.absorb(inner);
    }
  }

  /** Savepoints deeper than `depth` were rolled back. */
  rollback(depth: number): void {
    if (this.frames.length <= depth) return;
    this.frames.length = Math.max(depth, 1);
    this.relearn();
  }

  /** The application has set a savepoint by SQL. */
  mark(name: string): void {
    this.marks.set(name, this.order);
  }

  /** The application has gone back to a savepoint by SQL. One that is not known was set before the first write. */
  rollbackToMark(name: string): void {
    const mark = this.marks.get(name) ?? 0;
    for (const frame of this.frames) frame.cut(mark);
    this.relearn();
  }

  /** Writes whose outcome is not known yet, by table. */
  open(plan?: TablePlan): Map<TablePlan, Touch[]> {
    const open = new Map<TablePlan, Touch[]>();
    for (const entry of this.latest.values()) {
      if (entry.after !== undefined || (plan && entry.plan !== plan)) continue;
      const touches = open.get(entry.plan);
      if (touches) touches.push(entry);
      else open.set(entry.plan, [entry]);
    }
    return open;
  }

  /** Whoever is behind the entries. */
  contexts(): Set<ChangeContext> {
    const contexts = this.frames.flatMap(({ entries }) => entries.map(({ moment }) => moment.context));
    return new Set(contexts.filter((context) => context !== undefined));
  }

  /** Takes out what was written in the innermost savepoint. */
  takeInnermost(): JournalEntry[] {
    this.top.frozen = 0;
    return this.top.entries.splice(0);
  }

  /** Takes out everything, in the order of writing. */
  takeAll(): JournalEntry[] {
    this.release(1);
    const entries = this.all();
    this.takeInnermost();
    return entries;
  }

  /** Takes out the counts of rows that were not held. */
  takeSkipped(): [TablePlan, Skipped][] {
    const skipped = this.frames.flatMap((frame) => [...frame.skipped]);
    for (const frame of this.frames) frame.skipped.clear();
    return skipped;
  }

  private relearn(): void {
    this.latest.clear();
    for (const entry of this.all()) {
      if (entry.kind === 'touch') this.latest.set(rowOf(entry.plan, entry.key), entry);
    }
  }

  private get held(): number {
    return this.frames.reduce((sum, { entries }) => sum + entries.length, 0);
  }

  private get top(): JournalFrame {
    return this.frames[this.frames.length - 1];
  }

  private all(): JournalEntry[] {
    return this.frames.flatMap(({ entries }) => entries).sort((a, b) => a.order - b.order);
  }

  private frame(depth: number): JournalFrame {
    while (this.frames.length < depth) this.frames.push(new JournalFrame());
    return this.frames[depth - 1];
  }
}

function rowOf(plan: TablePlan, key: RowKey): string {
  return `${plan.tablePath} ${key.text}`;
}
