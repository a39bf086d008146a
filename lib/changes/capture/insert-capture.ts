import type { DataSource } from 'typeorm';
import type { ChangeEventFactory } from '../events/change-event.factory.js';
import type { GuardedReader } from '../rows/guarded-reader.js';
import type { RowImage } from '../rows/row-image.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { Execution, StatementSender } from '../typeorm/observed-execution.js';
import type { WriteResult } from '../typeorm/typeorm-internals.js';
import { withImages } from '../returning/returning-statement.js';
import type { ReturnedRow } from '../returning/returning-statement.js';
import type { ReturningSupport } from '../returning/returning-support.js';
import { committedRows } from './committed-rows.js';
import { ConflictRows } from './conflict-rows.js';
import type { CriteriaWrite } from './criteria-capture.js';
import { givenRows, insertedKeys } from './inserted-keys.js';
import type { GivenRows } from './inserted-keys.js';
import type { WriteScope } from './write-scope.js';

/** Records INSERT in all its forms: of one row or many, with `orUpdate` and `orIgnore`, from a SELECT. */
export class InsertCapture {
  constructor(
    private readonly dataSource: DataSource,
    private readonly reader: GuardedReader,
    private readonly returning: ReturningSupport,
    private readonly events: ChangeEventFactory,
    private readonly maxRows: number,
  ) {}

  async run(scope: WriteScope, write: CriteriaWrite): Promise<Execution> {
    const { builder, plan } = write;
    const { insertFromSelect, onUpdate, onIgnore } = builder.expressionMap;
    const given = givenRows(plan, builder);
    const conflicting = Boolean(onUpdate || onIgnore);
    if (insertFromSelect || given.sets.length > this.maxRows) {
      if (conflicting) await scope.settle([plan]);
      return this.summarised(scope, write, given, insertFromSelect ? 'a SELECT' : `more than ${this.maxRows} rows`);
    }
    if (conflicting) return this.upsert(scope, write, given);
    return this.insert(scope, write, given);
  }

  private async insert(scope: WriteScope, write: CriteriaWrite, given: GivenRows): Promise<Execution> {
    const { plan, builder, moment } = write;
    let returned: ReturnedRow[] | undefined;
    const oldRows = this.returning.of(plan);
    // Where the database can, the statement itself tells what it has inserted.
    const sender: StatementSender = async (sql, send) => {
      const statement = oldRows && withImages(plan, sql, oldRows);
      const result = await send(statement?.sql ?? sql);
      returned = statement?.take(result);
      return result;
    };
    const { execution, full } = await executeReturningKeys(plan, given, write, oldRows ? sender : undefined);
    if (returned) {
      for (const { after } of returned) {
        if (!after) continue;
        scope.journal.seen(plan, after.key, null);
        scope.journal.touch(scope.depth, { plan, before: null, after, key: after.key, moment });
      }
      return execution;
    }
    const keys = await insertedKeys(scope.connection, plan, builder, given, full);
    for (const key of keys) {
      if (!key) continue;
      scope.journal.seen(plan, key, null);
      scope.journal.touch(scope.depth, { plan, before: null, after: undefined, key, moment });
    }
    const unknown = keys.filter((key) => key === undefined).length;
    if (unknown > 0)
      this.summarise(scope, write, unknown, 'ids and values: the database made keys that it does not tell');
    return execution;
  }

  /** What an upsert meets, and what it makes, can only be told by the columns in which rows conflict. */
  private async upsert(scope: WriteScope, write: CriteriaWrite, given: GivenRows): Promise<Execution> {
    const { plan, builder, moment } = write;
    const conflicts = new ConflictRows(plan, builder, given);
    if (scope.mustClaim(plan)) await scope.claim(plan);
    const before = await this.reader.read(scope.connection, plan, () => conflicts.lock(scope.connection));
    if (!before) {
      return this.summarised(scope, write, given, 'the rows could not be read');
    }
    for (const image of before.values()) scope.journal.seen(plan, image.key, image);
    const { execution, full } = await executeReturningKeys(plan, given, write);
    for (const image of before.values()) {
      scope.journal.touch(scope.depth, { plan, before: image, after: undefined, key: image.key, moment });
    }
    await this.touchAppeared(scope, write, await conflicts.appeared(scope.connection, before));
    if (conflicts.untold.length > 0) await this.insertUntold(scope, write, given, conflicts.untold, full);
    return execution;
  }

  /**
   * Rows that were not seen before the statement: it inserted them, or another transaction did meanwhile and it met
   * them. Such a row was committed by then, so everybody else still sees what it was before; unless this transaction had
   * deleted it or moved it away: then it holds its lock, nobody else can have made it, and the statement inserted it.
   */
  private async touchAppeared(scope: WriteScope, { plan, moment }: CriteriaWrite, rows: readonly RowImage[]) {
    const isMysql = plan.dialect.name === 'mysql';
    const doubtful = rows.filter(({ origin, key }) =>
      isMysql ? !scope.journal.hasVacated(plan, key) : origin === 'updated',
    );
    const keys = doubtful.map(({ key }) => key);
    const committed = keys.length === 0 ? undefined : await committedRows(this.dataSource, plan, keys);
    for (const row of rows) {
      const isDoubtful = doubtful.includes(row);
      if (isDoubtful && !committed) {
        scope.journal.remark(scope.depth, { moment, event: this.events.ofMet(plan, row, moment) });
        continue;
      }
      const before = committed?.get(row.key.text) ?? null;
      scope.journal.seen(plan, row.key, before);
      scope.journal.touch(scope.depth, { plan, before, after: undefined, key: row.key, moment });
    }
  }

  /** Rows whose unique columns are empty conflict with nothing: they were inserted. */
  private async insertUntold(
    scope: WriteScope,
    write: CriteriaWrite,
    given: GivenRows,
    untold: readonly number[],
    result: WriteResult,
  ): Promise<void> {
    const { plan, builder, moment } = write;
    const alone = untold.length === given.sets.length;
    const keys = alone ? await insertedKeys(scope.connection, plan, builder, given, result) : [];
    const found = keys.filter((key) => key !== undefined);
    for (const key of found) scope.journal.touch(scope.depth, { plan, before: null, after: undefined, key, moment });
    const unknown = untold.length - found.length;
    if (unknown > 0)
      this.summarise(scope, write, unknown, 'ids and values: the database made keys that it does not tell');
  }

  private async summarised(scope: WriteScope, write: CriteriaWrite, given: GivenRows, why: string): Promise<Execution> {
    const execution = await write.execute();
    const rows = given.sets.length > 0 ? given.sets.length : (execution.result.affected ?? undefined);
    this.summarise(scope, write, rows, `ids and values: ${why}`);
    return execution;
  }

  private summarise(scope: WriteScope, write: CriteriaWrite, rows: number | undefined, notRecorded: string): void {
    const { plan, resource, moment, builder } = write;
    const { onUpdate, onIgnore } = builder.expressionMap;
    const metadata = {
      ...(rows === undefined ? {} : { rows }),
      ...(onUpdate ? { onConflict: 'update' } : onIgnore ? { onConflict: 'ignore' } : {}),
      notRecorded,
    };
    const event = this.events.ofSummary({ verb: 'create', plan, resource, metadata }, moment);
    scope.journal.remark(scope.depth, { moment, event });
  }
}

/**
 * Has PostgreSQL return the primary keys although the application has switched off the refreshing of its entities, and
 * keeps them from the application's result.
 */
async function executeReturningKeys(
  plan: TablePlan,
  given: GivenRows,
  { builder: { expressionMap }, execute }: CriteriaWrite,
  sender?: StatementSender,
): Promise<{ execution: Execution; full: WriteResult }> {
  const needed = plan.dialect.name === 'postgres' && given.keys.some((values) => values.includes(undefined));
  if (!needed || expressionMap.updateEntity || expressionMap.extraReturningColumns.length > 0) {
    const execution = await execute(sender);
    return { execution, full: execution.result };
  }
  const columns = expressionMap.extraReturningColumns;
  expressionMap.extraReturningColumns = plan.keys.map(({ metadata }) => metadata);
  try {
    const execution = await execute(sender);
    const full = { raw: execution.result.raw };
    execution.result.raw = [];
    return { execution, full };
  } finally {
    expressionMap.extraReturningColumns = columns;
  }
}
