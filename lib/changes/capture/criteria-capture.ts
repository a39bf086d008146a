import type { BulkSummary, ChangeEventFactory } from '../events/change-event.factory.js';
import { isRecorded } from '../events/junction.js';
import { describeCriteria, describeSet } from '../events/summary.js';
import type { WriteMoment } from '../journal/journal-entry.js';
import type { GuardedReader } from '../rows/guarded-reader.js';
import { withImages } from '../returning/returning-statement.js';
import type { OldRows, ReturnedRow } from '../returning/returning-statement.js';
import type { ReturningSupport } from '../returning/returning-support.js';
import type { RowImage } from '../rows/row-image.js';
import { namedCondition, readRows, readRowsBy } from '../rows/row-reader.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { Execution, StatementSender } from '../typeorm/observed-execution.js';
import { criteriaQuery, restrictedTo } from '../typeorm/typeorm-internals.js';
import type { WriteBuilder } from '../typeorm/typeorm-internals.js';
import type { Cascade, CascadeReader } from './cascades.js';
import type { CascadeEffect } from './foreign-keys.js';
import { keysOfCriteria } from './keys-of-criteria.js';
import { RowBudget } from './row-budget.js';
import { changedColumns, movedKey, movesUnknown } from './update-set.js';
import type { WriteScope } from './write-scope.js';

/** One statement that changes rows by criteria. */
export interface CriteriaWrite {
  readonly builder: WriteBuilder;
  readonly plan: TablePlan;
  /** Resource under which the statement's entity is recorded. */
  readonly resource: string;
  readonly moment: WriteMoment;
  readonly execute: (sender?: StatementSender) => Promise<Execution>;
}

const VERBS: Readonly<Record<string, string>> = {
  update: 'update',
  delete: 'delete',
  'soft-delete': 'soft_delete',
  restore: 'restore',
};

/**
 * Records UPDATE, DELETE, soft delete and restore: reads and locks the rows that the same criteria find, lets the
 * statement run, and leaves it to the journal to find out what became of them.
 */
export class CriteriaCapture {
  constructor(
    private readonly reader: GuardedReader,
    private readonly returning: ReturningSupport,
    private readonly events: ChangeEventFactory,
    private readonly cascades: CascadeReader,
    private readonly maxRows: number,
  ) {}

  async run(scope: WriteScope, write: CriteriaWrite): Promise<Execution> {
    const { builder, plan } = write;
    const effect: CascadeEffect = builder.expressionMap.queryType === 'delete' ? 'delete' : 'update';
    const budget = new RowBudget(this.maxRows);
    if (scope.mustClaim(plan)) await scope.claim(plan);
    const keys = this.keysOf(write);
    const reaches = this.cascades.mayReach(plan, effect);
    const oldRows = keys && !reaches ? this.returning.of(plan) : undefined;
    if (keys && oldRows) return this.returned(scope, write, keys, oldRows);
    const rows = await this.readRows(scope, write, effect, budget, keys);
    if (!rows || !budget.take(rows.length) || movesUnknown(plan, builder)) {
      return this.summarised(scope, write, effect, rows ? undefined : 'unreadable');
    }
    for (const row of rows) scope.journal.seen(plan, row.key, row);
    const cascade = reaches ? await this.readCascade(scope, write, rows, effect, budget) : NO_CASCADE;
    const execution = await this.executeOn(rows, write, keys?.length === rows.length);
    const vacates = effect === 'delete';
    for (const row of rows) {
      const key = vacates ? row.key : movedKey(plan, row, builder);
      scope.journal.touch(scope.depth, { plan, before: row, after: undefined, key, vacates, moment: write.moment });
    }
    this.recordCascade(scope, write, cascade);
    const unseen = (execution.result.affected ?? 0) - rows.length;
    if (unseen > 0) this.summarise(scope, write, { rows: unseen, notRecorded: 'rows that appeared meanwhile' });
    return execution;
  }

  private keysOf({ plan, builder }: CriteriaWrite): unknown[][] | undefined {
    const keys = keysOfCriteria(plan, builder);
    return keys && keys.length <= this.maxRows ? keys : undefined;
  }

  /** Where the database can, the statement itself tells what its rows were and are. */
  private async returned(
    scope: WriteScope,
    write: CriteriaWrite,
    keys: readonly unknown[][],
    oldRows: OldRows,
  ): Promise<Execution> {
    const { plan, moment } = write;
    let rows: ReturnedRow[] = [];
    const execution = await write.execute(async (sql, send) => {
      const statement = withImages(plan, sql, oldRows);
      if (statement) {
        const result = await send(statement.sql);
        rows = statement.take(result);
        return result;
      }
      // An unusual statement, after all: read its rows first, as usual.
      const lock = plan.dialect.lockForDelete;
      const images = await readRowsBy(scope.connection, plan, plan.keyNames, keys, lock);
      rows = images.map((before) => ({ before, after: undefined }));
      return send(sql);
    });
    for (const { before, after } of rows) {
      const key = (after ?? before)?.key;
      if (!key) continue;
      scope.journal.seen(plan, before?.key ?? key, before);
      scope.journal.touch(scope.depth, { plan, before, after, key, moment });
    }
    return execution;
  }

  /**
   * Lets the statement run on the rows that were read, and no others: a row that another transaction commits meanwhile is
   * treated as if it came after the statement. Reading has moved the statement to a later moment; this moves it back.
   */
  private executeOn(
    rows: readonly RowImage[],
    { builder, plan, execute }: CriteriaWrite,
    isComplete: boolean,
  ): Promise<Execution> {
    if (!plan.dialect.rowsCanAppear || isComplete) return execute();
    const { condition, parameters } = namedCondition(
      plan,
      rows.map(({ key }) => key),
    );
    return restrictedTo(builder, condition, parameters, execute);
  }

  private readRows(
    scope: WriteScope,
    { builder, plan }: CriteriaWrite,
    effect: CascadeEffect,
    budget: RowBudget,
    keys: unknown[][] | undefined,
  ): Promise<RowImage[] | undefined> {
    const { lockForDelete, lockForUpdate } = plan.dialect;
    const lock = effect === 'delete' ? lockForDelete : lockForUpdate;
    return this.reader.read(scope.connection, plan, () => {
      if (keys) return readRowsBy(scope.connection, plan, plan.keyNames, keys, lock);
      const [sql, parameters] = criteriaQuery(builder, plan.select, budget.probe, lock);
      return readRows(scope.connection, plan, sql, parameters);
    });
  }

  private async readCascade(
    scope: WriteScope,
    { builder, plan }: CriteriaWrite,
    rows: readonly RowImage[],
    effect: CascadeEffect,
    budget: RowBudget,
  ): Promise<Cascade> {
    const cascade = await this.cascades.read(scope, plan, rows, effect, budget, changedColumns(plan, builder));
    for (const { plan: dependent, image } of cascade.rows) scope.journal.seen(dependent, image.key, image);
    await scope.settle(cascade.beyond.keys());
    return cascade;
  }

  private recordCascade(scope: WriteScope, { moment, plan }: CriteriaWrite, { rows, beyond }: Cascade): void {
    for (const { plan: dependent, image, cause } of rows) {
      scope.journal.touch(scope.depth, {
        plan: dependent,
        before: image,
        after: undefined,
        key: image.key,
        moment,
        cause,
      });
    }
    for (const [dependent, { effect, cause }] of beyond) {
      if (!isRecorded(dependent)) continue;
      const { resource } = dependent.faceOf();
      const metadata = {
        notRecorded: `rows that went or changed with ${plan.faceOf().resource}: more than ${this.maxRows}`,
      };
      this.remark(scope, moment, { verb: effect, plan: dependent, resource, metadata, cause });
    }
  }

  /** Too many rows, or rows that can't be followed: one event says what was done and what is not recorded. */
  private async summarised(
    scope: WriteScope,
    write: CriteriaWrite,
    effect: CascadeEffect,
    why?: 'unreadable',
  ): Promise<Execution> {
    const { plan, execute, builder } = write;
    const reached = [...this.cascades.reach(plan, effect)];
    await scope.settle([plan, ...reached]);
    const execution = await execute();
    const { affected } = execution.result;
    const also = reached.filter(isRecorded).map((dependent) => dependent.faceOf().resource);
    this.summarise(scope, write, {
      ...(typeof affected === 'number' ? { rows: affected } : {}),
      ...(also.length > 0 && effect === 'delete' ? { cascades: also } : {}),
      notRecorded: why
        ? 'ids and values: the rows could not be read'
        : `ids and values: ${tooMany(builder, this.maxRows)}`,
    });
    return execution;
  }

  private summarise(scope: WriteScope, write: CriteriaWrite, facts: Record<string, unknown>): void {
    const { builder, plan, resource, moment } = write;
    const verb = VERBS[builder.expressionMap.queryType] ?? 'update';
    const differences = verb === 'update' ? describeSet(plan, builder) : [];
    this.remark(scope, moment, {
      verb,
      plan,
      resource,
      differences,
      metadata: { ...describeCriteria(builder), ...facts },
    });
  }

  private remark(scope: WriteScope, moment: WriteMoment, summary: BulkSummary): void {
    scope.journal.remark(scope.depth, { moment, event: this.events.ofSummary(summary, moment) });
  }
}

function tooMany(builder: WriteBuilder, maxRows: number): string {
  return builder.expressionMap.queryType === 'update'
    ? `more than ${maxRows} rows, or a new primary key`
    : `more than ${maxRows} rows`;
}

const NO_CASCADE: Cascade = { rows: [], beyond: new Map() };
