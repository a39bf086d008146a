import type { QueryRunner } from 'typeorm';
import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { SealableEvent } from '../../event/sealable-event.js';
import type { ChangeOutput } from '../change-output.interface.js';
import type { ChangeEventFactory } from '../events/change-event.factory.js';
import type { GuardedReader } from '../rows/guarded-reader.js';
import type { RowDialect } from '../rows/row-dialect.interface.js';
import type { TablePlan } from '../rows/table-plan.js';
import { directConnection } from '../typeorm/direct-connection.js';
import type { RawSavepoint } from '../typeorm/raw-savepoint.js';
import { canCommit, mayHaveEndedTransaction } from '../typeorm/raw-transaction.js';
import { transactionDepth } from '../typeorm/typeorm-internals.js';
import type { Frozen, JournalEntry, Touch } from './journal-entry.js';
import { TransactionJournal } from './transaction-journal.js';

/** So many entries of one savepoint are held; then they go to the outbox before the transaction ends. */
const MAX_HELD = 2_000;

/** A transaction as it is followed here. */
interface Followed {
  readonly journal: TransactionJournal;
  /** What was written is being recorded, or is recorded already: the commit is next. */
  closing: boolean;
  /** Frozen events that wait for the commit, because they could not or should not be written inside the transaction. */
  readonly waiting: SealableEvent[];
}

/** Follows the transactions of a DataSource and puts what they wrote where it belongs when they end. */
export class TransactionRecorder {
  private readonly followed = new WeakMap<QueryRunner, Followed>();
  /** Why the transaction of a runner may have ended without TypeORM's noticing. */
  private readonly suspects = new WeakMap<QueryRunner, unknown>();

  constructor(
    private readonly output: ChangeOutput,
    private readonly events: ChangeEventFactory,
    private readonly reader: GuardedReader,
    private readonly database: RowDialect['name'],
  ) {}

  /** The journal of the transaction that is open on the runner. */
  journalOf(runner: QueryRunner): TransactionJournal {
    const known = this.followed.get(runner);
    if (known) return known.journal;
    const journal = new TransactionJournal();
    this.followed.set(runner, { journal, closing: false, waiting: [] });
    return journal;
  }

  /** Whether writes must be recorded at once: the transaction is about to commit. */
  isClosing(runner: QueryRunner): boolean {
    return this.followed.get(runner)?.closing === true;
  }

  /** A statement has failed. */
  noteFailure(runner: QueryRunner, error: unknown): void {
    if (transactionDepth(runner) > 0 && mayHaveEndedTransaction(runner, error)) this.suspects.set(runner, error);
  }

  isSuspect(runner: QueryRunner): boolean {
    return this.suspects.has(runner);
  }

  /**
   * Why nothing of the transaction can be committed any more, although TypeORM takes it for open; undefined when it can.
   */
  async endOf(runner: QueryRunner): Promise<{ error: unknown } | undefined> {
    // SQLite ends transactions in ways that no failed statement tells, and is asked at no cost.
    const mayHaveEnded = this.database === 'sqlite' || this.suspects.has(runner);
    return mayHaveEnded && !(await canCommit(runner)) ? { error: this.suspects.get(runner) } : undefined;
  }

  /** The application has set a savepoint by SQL, or gone back to one. */
  savepoint(runner: QueryRunner, { name, isRollback }: RawSavepoint): void {
    const journal = this.followed.get(runner)?.journal;
    if (isRollback) journal?.rollbackToMark(name);
    else journal?.mark(name);
  }

  /** The transaction is gone, and what it wrote with it. It stays suspect: TypeORM still takes it for open. */
  forget(runner: QueryRunner): void {
    this.followed.delete(runner);
  }

  /** Reads what earlier writes of the transaction left in these tables, before something unseen changes them. */
  async settle(runner: QueryRunner, journal: TransactionJournal, plans: Iterable<TablePlan>): Promise<void> {
    for (const plan of plans) {
      for (const [, touches] of journal.open(plan)) await this.settleTouches(runner, plan, touches);
    }
  }

  /** Records a journal inside whatever transaction is open on the runner, and tells that it is done. */
  async recordNow(runner: QueryRunner, journal: TransactionJournal): Promise<void> {
    const waiting: SealableEvent[] = [];
    await this.record(runner, journal, waiting);
    this.conclude(journal, waiting);
  }

  /** Whether something is to be done after a write already, and not only before the commit. */
  isDue(runner: QueryRunner, journal: TransactionJournal): boolean {
    return journal.innermost >= MAX_HELD || this.isClosing(runner);
  }

  /**
   * In long transactions the outbox takes what memory should not; and a write that was going on while the transaction was
   * recorded for its commit is recorded now.
   */
  async afterWrite(runner: QueryRunner, journal: TransactionJournal): Promise<void> {
    const followed = this.followed.get(runner);
    if (followed?.closing && followed.journal === journal) return this.record(runner, journal, followed.waiting);
    await this.prepare(runner, journal);
    const frozen = this.freeze(journal, journal.takeInnermost());
    if (!(await this.write(runner, journal, frozen))) journal.putBack(frozen);
  }

  /**
   * @returns false when nothing of the transaction can be committed any more
   * @throws {ChangeNotRecordedError} in strict durability, when the events could not be put into the transaction
   */
  async beforeCommit(runner: QueryRunner): Promise<boolean> {
    const followed = this.followed.get(runner);
    if (!followed || transactionDepth(runner) > 1) return true;
    if (await this.endOf(runner)) {
      this.forget(runner);
      return false;
    }
    followed.closing = true;
    try {
      await this.record(runner, followed.journal, followed.waiting);
      return true;
    } catch (error) {
      // There is no commit now; the application may write more, and try again. Where the transaction goes on, what has
      // failed is not the application's own statement, so it must not be told that a later COMMIT was one.
      followed.closing = false;
      if (this.database !== 'mysql') this.suspects.delete(runner);
      throw error;
    }
  }

  /** Fires at the release of a savepoint too: then the transaction is still open. */
  afterCommit(runner: QueryRunner): void {
    const followed = this.followed.get(runner);
    if (!followed) return;
    const depth = transactionDepth(runner);
    if (depth > 0) return followed.journal.release(depth);
    this.forget(runner);
    this.suspects.delete(runner);
    this.conclude(followed.journal, followed.waiting);
  }

  /** MySQL commits at every DDL statement. What was written before it, or after it, stays; it can only be recorded here. */
  async beforeRollback(runner: QueryRunner): Promise<void> {
    const followed = this.followed.get(runner);
    if (this.database !== 'mysql' || !followed || followed.journal.isEmpty || this.suspects.has(runner)) return;
    // A connection that is lost has taken its transaction with it.
    if (await canCommit(runner).catch(() => true)) return;
    try {
      await this.recordNow(runner, followed.journal);
    } catch (error) {
      this.output.failed(error, 'record what was committed before a rollback');
    }
  }

  afterRollback(runner: QueryRunner): void {
    const followed = this.followed.get(runner);
    if (!followed) return;
    const depth = transactionDepth(runner);
    if (depth === 0) {
      this.forget(runner);
      this.suspects.delete(runner);
    } else followed.journal.rollback(depth);
  }

  private async record(runner: QueryRunner, journal: TransactionJournal, waiting: SealableEvent[]): Promise<void> {
    while (!journal.isEmpty) {
      await this.prepare(runner, journal);
      const skipped = journal.takeSkipped();
      const frozen = this.freeze(journal, journal.takeAll());
      for (const [plan, { moment, rows }] of skipped) {
        const event = this.output.build(this.events.ofSkipped(plan, rows, moment, journal.transactionId));
        frozen.push({ kind: 'frozen', order: Infinity, moment, event });
      }
      if (await this.write(runner, journal, frozen)) continue;
      for (const { event } of frozen) waiting.push(event);
    }
  }

  /** Whoever ignores the error and commits all the same meets the same events again. */
  private async write(runner: QueryRunner, journal: TransactionJournal, frozen: readonly Frozen[]): Promise<boolean> {
    const events = frozen.map(({ event }) => event);
    try {
      if (await this.output.writeInside(directConnection(runner), events)) return true;
      // MySQL rolls everything back when the insert is the victim of a deadlock: nobody may take that for a commit.
      const end = await this.endOf(runner);
      if (end?.error !== undefined) throw end.error;
      return false;
    } catch (error) {
      journal.putBack(frozen);
      throw error;
    }
  }

  /** Makes known what events need: what became of the rows, and who is behind the writes. */
  private async prepare(runner: QueryRunner, journal: TransactionJournal): Promise<void> {
    await this.settle(runner, journal, [...journal.open().keys()]);
    for (const context of journal.contexts()) await context.settle?.();
  }

  private async settleTouches(runner: QueryRunner, plan: TablePlan, touches: readonly Touch[]): Promise<void> {
    const keys = touches.map(({ key }) => key);
    const found = await this.reader.byKeys(directConnection(runner), plan, keys);
    for (const touch of touches) touch.after = found ? (found.get(touch.key.text) ?? null) : 'unreadable';
  }

  private freeze(journal: TransactionJournal, entries: readonly JournalEntry[]): Frozen[] {
    const frozen: Frozen[] = [];
    for (const entry of entries) {
      if (entry.kind === 'frozen') frozen.push(entry);
      else {
        const event = this.eventOf(entry, journal.transactionId);
        if (!event) continue;
        journal.count(entry.moment.context);
        frozen.push({ kind: 'frozen', order: entry.order, moment: entry.moment, event: this.output.build(event) });
      }
    }
    return frozen;
  }

  private eventOf(entry: Exclude<JournalEntry, Frozen>, transactionId: string): AuditEvent | null {
    if (entry.kind === 'touch') return this.events.ofTouch(entry, transactionId);
    return { ...entry.event, context: { ...entry.event.context, transactionId } };
  }

  private conclude(journal: TransactionJournal, waiting: readonly SealableEvent[]): void {
    for (const [context, changes] of journal.takeRecorded()) context.changed?.(changes);
    this.output.committed(waiting);
  }
}
