import type { DataSource, QueryRunner } from 'typeorm';
import { TransactionJournal } from '../journal/transaction-journal.js';
import type { TransactionRecorder } from '../journal/transaction-recorder.js';
import { isInTransaction } from '../typeorm/raw-transaction.js';
import { RunnerOrder } from '../typeorm/runner-gate.js';
import type { RunnerSections } from '../typeorm/runner-sections.js';
import type { SharedConnection } from '../typeorm/shared-connection.js';
import { isBeginning, transactionDepth } from '../typeorm/typeorm-internals.js';
import { WriteScope } from './write-scope.js';

/**
 * Gives every write a transaction that holds its audit rows too: the one that is open, or a new one around the write.
 *
 * | the connection | what happens |
 * |---|---|
 * | in a transaction of TypeORM | the write joins it; its events are written before the commit |
 * | in a transaction that was begun by SQL | the write joins it; its events are written at once, into that transaction |
 * | in none | a transaction around the write and its events |
 * | in one that the server has ended, unnoticed by TypeORM | the same, begun and ended by SQL |
 */
export class WriteEnclosure {
  private readonly order: RunnerOrder;

  constructor(
    private readonly dataSource: DataSource,
    private readonly recorder: TransactionRecorder,
    private readonly sections: RunnerSections,
    private readonly shared: SharedConnection | undefined,
  ) {
    this.order = new RunnerOrder(sections);
  }

  /**
   * @param given the runner that the application chose for the write
   * @param work the write; `runner` must be used for it
   */
  around<T>(given: QueryRunner | undefined, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    if (!given) return this.aroundOnRunnerOfItsOwn(work);
    return this.inSection(given, () => this.enclose(given, true, work));
  }

  private async aroundOnRunnerOfItsOwn<T>(work: (scope: WriteScope) => Promise<T>): Promise<T> {
    const runner = this.dataSource.createQueryRunner('master');
    try {
      return await this.sections.run(runner, () => this.enclose(runner, false, work));
    } finally {
      await runner.release();
    }
  }

  /** For statements that end a transaction by themselves: what is open is recorded first, the rest right after them. */
  unenclosed<T>(runner: QueryRunner, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    return this.inSection(runner, async () => {
      if (transactionDepth(runner) > 0) await this.recorder.recordNow(runner, this.recorder.journalOf(runner));
      return this.atOnce(runner, work);
    });
  }

  private inSection<T>(given: QueryRunner, work: () => Promise<T>): Promise<T> {
    if (!this.shared) this.order.follow(given);
    return this.sections.run(given, work);
  }

  private async enclose<T>(runner: QueryRunner, isGiven: boolean, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    if (!this.shared && isBeginning(runner)) await this.begun(runner);
    if (transactionDepth(runner) === 0) return this.encloseAnew(runner, isGiven, work);
    return this.mayBeLost(runner) ? this.encloseLost(runner, work) : this.joined(runner, work);
  }

  /**
   * Of two `save()` side by side on one runner the first begins a transaction, and the second takes it for open at once.
   * Statements are answered in order, so the first or second answer comes after that of `START TRANSACTION`.
   */
  private async begun(runner: QueryRunner): Promise<void> {
    for (let n = 0; n < 3 && isBeginning(runner); n++) await runner.query('SELECT 1');
  }

  /** SQLite ends a transaction by itself when a disk is full, MySQL after a deadlock; PostgreSQL refuses what follows. */
  private mayBeLost(runner: QueryRunner): boolean {
    if (this.shared) return !isInTransaction(runner);
    return this.recorder.isSuspect(runner) && this.dataSource.options.type !== 'postgres';
  }

  private async encloseAnew<T>(
    runner: QueryRunner,
    isGiven: boolean,
    work: (scope: WriteScope) => Promise<T>,
  ): Promise<T> {
    // A runner fresh from the pool is in no transaction.
    if ((isGiven || this.shared) && (await isInTransaction(runner))) return this.atOnce(runner, work);
    return this.shared ? this.shared.hidden(() => this.enclosed(runner, work)) : this.enclosed(runner, work);
  }

  private async encloseLost<T>(runner: QueryRunner, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    if (await isInTransaction(runner)) return this.joined(runner, work);
    this.recorder.forget(runner);
    return this.enclosedBySql(runner, work);
  }

  private async enclosedBySql<T>(runner: QueryRunner, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    await runner.query('BEGIN');
    try {
      const result = await this.atOnce(runner, work);
      await runner.query('COMMIT');
      return result;
    } catch (error) {
      await runner.query('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  private async joined<T>(runner: QueryRunner, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    const journal = this.recorder.journalOf(runner);
    const result = await work(new WriteScope(runner, journal, this.recorder));
    if (this.recorder.isDue(runner, journal)) await this.recorder.afterWrite(runner, journal);
    return result;
  }

  private async atOnce<T>(runner: QueryRunner, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    const journal = new TransactionJournal();
    const result = await work(new WriteScope(runner, journal, this.recorder));
    await this.recorder.recordNow(runner, journal);
    return result;
  }

  private async enclosed<T>(runner: QueryRunner, work: (scope: WriteScope) => Promise<T>): Promise<T> {
    await runner.startTransaction();
    try {
      const result = await this.joined(runner, work);
      await this.sections.settled();
      // The application knows of no transaction whose end it could have caused, and takes the write for done.
      const end = await this.recorder.endOf(runner);
      if (end?.error !== undefined) throw end.error;
      await runner.commitTransaction();
      return result;
    } catch (error) {
      // The application is to see why its write failed, not that undoing it failed as well.
      await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    }
  }
}
