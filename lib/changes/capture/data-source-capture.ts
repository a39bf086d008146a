import type { DataSource, QueryRunner } from 'typeorm';
import type { AuditEvent } from '../../event/audit-event.interface.js';
import { timestampNow } from '../../event/timestamp.js';
import type { ValueSanitizer } from '../../event/value-sanitizer.interface.js';
import type { ChangeContext, ChangeContextReader } from '../change-context.interface.js';
import type { ChangeOutput } from '../change-output.interface.js';
import { ChangeReasonRequiredError } from '../change-reason-required.error.js';
import { ChangeEventFactory } from '../events/change-event.factory.js';
import { isOfInterest } from '../events/junction.js';
import type { WriteMoment } from '../journal/journal-entry.js';
import { TransactionRecorder } from '../journal/transaction-recorder.js';
import type { CaptureSelection, EntityFace } from '../rows/capture-rules.js';
import { ReturningSupport } from '../returning/returning-support.js';
import { GuardedReader } from '../rows/guarded-reader.js';
import type { RowDialect } from '../rows/row-dialect.interface.js';
import type { TablePlan } from '../rows/table-plan.js';
import { TablePlans } from '../rows/table-plans.js';
import { observeExecution } from '../typeorm/observed-execution.js';
import type { StatementSender } from '../typeorm/observed-execution.js';
import { TriggerContext } from '../triggers/trigger-context.js';
import { TriggerTables } from '../triggers/trigger-tables.js';
import type { WriteObserver } from '../typeorm/capture-hooks.js';
import { RunnerSections } from '../typeorm/runner-sections.js';
import { SharedConnection } from '../typeorm/shared-connection.js';
import { sharedRunner, transactionDepth } from '../typeorm/typeorm-internals.js';
import type { WriteBuilder, WriteResult } from '../typeorm/typeorm-internals.js';
import { CascadeReader } from './cascades.js';
import { ClearCapture } from './clear-capture.js';
import { CriteriaCapture } from './criteria-capture.js';
import { ForeignKeys } from './foreign-keys.js';
import { InsertCapture } from './insert-capture.js';
import { WriteEnclosure } from './write-enclosure.js';
import type { WriteScope } from './write-scope.js';

/** What is recorded of one DataSource, and how. */
export interface DataSourceCaptureOptions extends CaptureSelection {
  /** Rows of one statement that are recorded one by one. */
  readonly maxRows: number;
  /** Leave tables that have a trigger to it. */
  readonly triggers: boolean;
}

export interface DataSourceCaptureParts {
  readonly sanitizer: ValueSanitizer;
  readonly events: ChangeEventFactory;
  readonly output: ChangeOutput;
  readonly context: ChangeContextReader;
}

/** Records the writes of one initialised DataSource. */
export class DataSourceCapture implements WriteObserver {
  readonly transactions: TransactionRecorder;
  private readonly plans: TablePlans;
  private readonly foreignKeys: ForeignKeys;
  private readonly sections = new RunnerSections();
  private readonly shared: SharedConnection | undefined;
  private readonly enclosure: WriteEnclosure;
  private readonly criteria: CriteriaCapture;
  private readonly inserts: InsertCapture;
  private readonly clears: ClearCapture;
  /** Tables that record themselves; undefined where that is not asked for. */
  readonly triggers: TriggerTables | undefined;
  private readonly triggerContext: TriggerContext;

  constructor(
    dataSource: DataSource,
    dialect: RowDialect,
    options: DataSourceCaptureOptions,
    private readonly parts: DataSourceCaptureParts,
  ) {
    const { events, output, sanitizer } = parts;
    this.triggerContext = new TriggerContext(sanitizer);
    const returning = new ReturningSupport();
    const reader = new GuardedReader(output, returning);
    const runner = sharedRunner(dataSource);
    this.triggers = options.triggers && dialect.name === 'postgres' ? new TriggerTables(dataSource) : undefined;
    this.plans = new TablePlans(dataSource, dialect, options, (table) => this.triggers?.has(table) === true);
    this.foreignKeys = new ForeignKeys(dataSource, this.plans);
    const cascades = new CascadeReader(this.foreignKeys);
    this.shared = runner && new SharedConnection(runner, this.sections);
    this.transactions = new TransactionRecorder(output, events, reader, dialect.name);
    this.enclosure = new WriteEnclosure(dataSource, this.transactions, this.sections, this.shared);
    this.criteria = new CriteriaCapture(reader, returning, events, cascades, options.maxRows);
    this.inserts = new InsertCapture(dataSource, reader, returning, events, options.maxRows);
    this.clears = new ClearCapture(reader, events, cascades, options.maxRows);
  }

  /** Guards a connection that all users of the DataSource share. @returns what undoes it */
  guard(): () => void {
    return this.shared?.guard() ?? (() => undefined);
  }

  async aroundWrite(builder: WriteBuilder, proceed: () => Promise<WriteResult>): Promise<WriteResult> {
    const { mainAlias, queryType, valuesSet, insertFromSelect } = builder.expressionMap;
    const metadata = mainAlias?.hasMetadata ? mainAlias.metadata : undefined;
    const isEmptyInsert = queryType === 'insert' && !insertFromSelect && Array.isArray(valuesSet) && !valuesSet.length;
    if (!metadata || isEmptyInsert || builder.queryRunner?.isReleased) return proceed();
    if (this.triggers) await this.triggers.load();
    const plan = this.plans.of(metadata);
    if (!this.concerns(plan, queryType === 'delete')) return proceed();
    const face = plan.faceOfEntity(metadata);
    const moment = this.moment(face);
    const { result, error } = await this.enclosure.around(builder.queryRunner, async (scope) => {
      if (this.triggers && !this.triggers.isEmpty) await this.passContext(scope.runner, moment.context);
      const execute = (sender?: StatementSender) => observeExecution(builder, scope.runner, proceed, sender);
      if (plan.byTrigger) return execute();
      const write = { builder, plan, resource: face.resource, moment, execute };
      return queryType === 'insert' ? this.inserts.run(scope, write) : this.criteria.run(scope, write);
    });
    if (error !== undefined) throw error;
    return result;
  }

  async aroundClear(
    runner: QueryRunner,
    tablePath: string,
    proceed: () => Promise<void>,
    cascade = false,
  ): Promise<void> {
    await this.triggers?.load();
    const plan = this.plans.ofTable(tablePath);
    if (!plan || !this.concerns(plan, true)) return proceed();
    const moment = this.moment(plan.faceOf());
    const truncates = cascade ? [...this.referring(plan)] : [];
    const clear = async (scope: WriteScope) => {
      if (this.triggers && !this.triggers.isEmpty) await this.passContext(scope.runner, moment.context);
      await this.clears.run(scope, plan, truncates, moment, proceed);
    };
    // MySQL commits what is open before a TRUNCATE and keeps nothing open after it.
    if (plan.dialect.name === 'mysql') return this.enclosure.unenclosed(runner, clear);
    return this.enclosure.around(runner, clear);
  }

  /** Puts an event of the application into the transaction of a runner, in the order of its writes. */
  log(runner: QueryRunner | undefined, event: AuditEvent): Promise<void> {
    const moment = { context: undefined, occurredAt: timestampNow() };
    return this.enclosure.around(runner, async ({ journal, depth }) => journal.remark(depth, { moment, event }));
  }

  beforeCommit(runner: QueryRunner): Promise<void> {
    return this.sections.run(runner, async () => {
      const canCommit = await this.transactions.beforeCommit(runner);
      if (this.triggers && canCommit && transactionDepth(runner) === 1) await this.countTriggered(runner);
    });
  }

  /** Tells the triggers who is behind raw SQL in the transaction that has just begun. */
  async afterStart(runner: QueryRunner): Promise<void> {
    if (!this.triggers) return;
    await this.triggers.load();
    if (!this.triggers.isEmpty) await this.passContext(runner, this.parts.context());
  }

  afterCommit(runner: QueryRunner): void {
    if (transactionDepth(runner) === 0) this.triggerContext.forget(runner);
    this.transactions.afterCommit(runner);
  }

  beforeRollback(runner: QueryRunner): Promise<void> {
    return this.sections.run(runner, () => this.transactions.beforeRollback(runner));
  }

  afterRollback(runner: QueryRunner): void {
    this.triggerContext.forget(runner);
    this.transactions.afterRollback(runner);
  }

  /** The plan of a table that an entity of this DataSource has. */
  planOfTable(schema: string, table: string): TablePlan | undefined {
    return this.plans.ofTable(`${schema}.${table}`) ?? this.plans.ofTable(table);
  }

  private passContext(runner: QueryRunner, context: ChangeContext | undefined): Promise<void> {
    const { transactionId } = this.transactions.journalOf(runner);
    return this.triggerContext.pass(runner, context, transactionId);
  }

  private async countTriggered(runner: QueryRunner): Promise<void> {
    const context = this.parts.context();
    const changes = context?.changed ? await this.triggerContext.recorded(runner) : 0;
    if (changes > 0) this.transactions.journalOf(runner).count(context, changes);
  }

  private concerns(plan: TablePlan, deletes: boolean): boolean {
    if (isOfInterest(plan)) return true;
    return deletes && this.foreignKeys.of(plan).some(({ onDelete }) => onDelete !== undefined);
  }

  private moment(face: EntityFace): WriteMoment {
    const context = this.parts.context();
    const { reason } = context ?? {};
    const hasReason = typeof reason === 'string' ? reason !== '' : Boolean(reason?.code ?? reason?.text);
    if (face.requireReason && face.captured && !hasReason) throw new ChangeReasonRequiredError(face.resource);
    return { context, reason, occurredAt: timestampNow() };
  }

  /** Tables that PostgreSQL empties along with this one. */
  private referring(plan: TablePlan, found = new Set<TablePlan>()): Set<TablePlan> {
    for (const dependent of this.foreignKeys.of(plan)) {
      if (dependent.plan === plan || found.has(dependent.plan)) continue;
      found.add(dependent.plan);
      this.referring(dependent.plan, found);
    }
    return found;
  }
}
