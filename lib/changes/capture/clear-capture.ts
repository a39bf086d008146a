import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import type { ChangeEventFactory } from '../events/change-event.factory.js';
import { isRecorded } from '../events/junction.js';
import type { WriteMoment } from '../journal/journal-entry.js';
import type { GuardedReader } from '../rows/guarded-reader.js';
import { readRows } from '../rows/row-reader.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { CascadeReader } from './cascades.js';
import { RowBudget } from './row-budget.js';
import type { WriteScope } from './write-scope.js';

/** Records `clear()`: every row of a table goes, by TRUNCATE where the database has it. */
export class ClearCapture {
  constructor(
    private readonly reader: GuardedReader,
    private readonly events: ChangeEventFactory,
    private readonly cascades: CascadeReader,
    private readonly maxRows: number,
  ) {}

  /** @param truncates tables that go with it whatever their foreign keys say (`TRUNCATE … CASCADE`) */
  async run(
    scope: WriteScope,
    plan: TablePlan,
    truncates: readonly TablePlan[],
    moment: WriteMoment,
    proceed: () => Promise<void>,
  ): Promise<void> {
    const budget = new RowBudget(this.maxRows);
    if (scope.mustClaim(plan)) await scope.claim(plan);
    const emptied: TablePlan[] = [];
    const summarised: TablePlan[] = [];
    const touches: Parameters<WriteScope['journal']['touch']>[1][] = [];
    for (const table of [plan, ...truncates].filter(isRecorded)) {
      const rows = await this.readAll(scope.connection, table, budget.probe);
      if (!rows || !budget.take(rows.length)) summarised.push(table);
      else {
        for (const row of rows) touches.push({ plan: table, before: row, after: undefined, key: row.key, moment });
        emptied.push(table);
      }
    }
    if (plan.dialect.name === 'sqlite' && emptied.includes(plan)) {
      // A plain DELETE there, with all that foreign keys make of it.
      const own = touches.map(({ before }) => before).filter((row) => row !== null);
      const cascade = await this.cascades.read(scope, plan, own, 'delete', budget);
      for (const { plan: other, image, cause } of cascade.rows) {
        touches.push({ plan: other, before: image, after: undefined, key: image.key, moment, cause });
      }
      summarised.push(...cascade.beyond.keys());
    }
    for (const { plan: table, before } of touches) if (before) scope.journal.seen(table, before.key, before);
    await scope.settle(summarised);
    await proceed();
    for (const touch of touches) scope.journal.touch(scope.depth, touch);
    for (const table of summarised.filter(isRecorded)) this.summarise(scope, table, moment);
  }

  private readAll(connection: SqlConnection, plan: TablePlan, limit: number) {
    const sql = `SELECT ${plan.select} FROM ${plan.table} LIMIT ${limit}${plan.dialect.lockForDelete}`;
    return this.reader.read(connection, plan, () => readRows(connection, plan, sql, []));
  }

  private summarise(scope: WriteScope, plan: TablePlan, moment: WriteMoment): void {
    const { resource } = plan.faceOf();
    const metadata = { criteria: 'all rows', notRecorded: `ids and values: more than ${this.maxRows} rows` };
    const event = this.events.ofSummary({ verb: 'delete', plan, resource, metadata }, moment);
    scope.journal.remark(scope.depth, { moment, event });
  }
}
