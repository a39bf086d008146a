import type { ChangeCause } from '../journal/journal-entry.js';
import { isRecorded } from '../events/junction.js';
import { idOf } from '../events/change-event.factory.js';
import type { RowImage } from '../rows/row-image.js';
import { readRowsBy } from '../rows/row-reader.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { CascadeEffect, Dependent, ForeignKeys } from './foreign-keys.js';
import type { RowBudget } from './row-budget.js';
import type { WriteScope } from './write-scope.js';

/** A row that the database is going to change because another one is. */
export interface CascadedRow {
  readonly plan: TablePlan;
  readonly image: RowImage;
  readonly cause: ChangeCause;
}

/** What a statement will do beyond its own table. */
export interface Cascade {
  readonly rows: readonly CascadedRow[];
  /** Tables with more rows than are recorded one by one. */
  readonly beyond: ReadonlyMap<TablePlan, { readonly effect: CascadeEffect; readonly cause: ChangeCause | undefined }>;
}

/** Finds the rows that foreign keys declared in the entities will change along with others, however deep. */
export class CascadeReader {
  constructor(private readonly foreignKeys: ForeignKeys) {}

  /** Whether a statement on this table can change others at all. */
  mayReach(plan: TablePlan, effect: CascadeEffect): boolean {
    return this.foreignKeys.of(plan).some(({ onDelete, onUpdate }) => (effect === 'delete' ? onDelete : onUpdate));
  }

  /** Tables that a statement on this one can change, itself not included unless it refers to itself. */
  reach(plan: TablePlan, effect: CascadeEffect, found = new Set<TablePlan>()): Set<TablePlan> {
    for (const dependent of this.foreignKeys.of(plan)) {
      const next = effect === 'delete' ? dependent.onDelete : dependent.onUpdate;
      if (!next || found.has(dependent.plan)) continue;
      found.add(dependent.plan);
      if (next === 'delete') this.reach(dependent.plan, 'delete', found);
    }
    return found;
  }

  /**
   * Reads, and locks, the rows that will go or change with these.
   * @param changing columns of `plan` that an update sets; ignored for a delete
   */
  async read(
    scope: WriteScope,
    plan: TablePlan,
    rows: readonly RowImage[],
    effect: CascadeEffect,
    budget: RowBudget,
    changing: ReadonlySet<string> = new Set(),
  ): Promise<Cascade> {
    const found: CascadedRow[] = [];
    const beyond = new Map<TablePlan, { effect: CascadeEffect; cause: ChangeCause | undefined }>();
    const known = new Set(rows.map(({ key }) => `${plan.tablePath} ${key.text}`));
    const queue: { plan: TablePlan; rows: readonly RowImage[]; effect: CascadeEffect }[] = [{ plan, rows, effect }];
    for (let level = queue.shift(); level; level = queue.shift()) {
      for (const dependent of this.foreignKeys.of(level.plan)) {
        const next = effectOn(dependent, level.effect, changing);
        if (!next || level.rows.length === 0 || !this.matters(dependent.plan, next)) continue;
        const causes = causesBy(level.plan, level.rows, dependent.referenced);
        const images = await this.dependents(scope, dependent, causes, next, budget.probe);
        const fresh = images.filter(({ key }) => !known.has(`${dependent.plan.tablePath} ${key.text}`));
        if (!budget.take(fresh.length)) {
          const cause = level.rows.length === 1 ? causeOf(level.plan, level.rows[0]) : undefined;
          beyond.set(dependent.plan, { effect: next, cause });
          continue;
        }
        for (const image of fresh) {
          known.add(`${dependent.plan.tablePath} ${image.key.text}`);
          const cause = causes.get(tupleText(valuesOf(dependent.plan, image, dependent.columns)))?.cause;
          found.push({ plan: dependent.plan, image, cause: cause ?? causeOf(level.plan, level.rows[0]) });
        }
        if (next === 'delete') queue.push({ plan: dependent.plan, rows: fresh, effect: 'delete' });
      }
    }
    return { rows: found, beyond };
  }

  private async dependents(
    scope: WriteScope,
    { plan, columns }: Dependent,
    causes: ReadonlyMap<string, { values: readonly unknown[] }>,
    effect: CascadeEffect,
    limit: number,
  ): Promise<RowImage[]> {
    const { lockForDelete, lockForUpdate } = plan.dialect;
    const suffix = ` LIMIT ${limit}${effect === 'delete' ? lockForDelete : lockForUpdate}`;
    const tuples = [...causes.values()].map(({ values }) => values);
    return tuples.length === 0 ? [] : readRowsBy(scope.connection, plan, columns, tuples, suffix);
  }

  /** Whether anything of a table, or of what goes with it, is recorded. */
  private matters(plan: TablePlan, effect: CascadeEffect): boolean {
    if (isRecorded(plan)) return true;
    return effect === 'delete' && [...this.reach(plan, 'delete')].some(isRecorded);
  }
}

function effectOn(
  dependent: Dependent,
  effect: CascadeEffect,
  changing: ReadonlySet<string>,
): CascadeEffect | undefined {
  if (effect === 'delete') return dependent.onDelete;
  return dependent.referenced.some((column) => changing.has(column)) ? dependent.onUpdate : undefined;
}

/** The rows that cause a cascade, by the values that refer to them. */
function causesBy(plan: TablePlan, rows: readonly RowImage[], columns: readonly string[]) {
  const causes = new Map<string, { values: readonly unknown[]; cause: ChangeCause }>();
  const isKey = plan.keys.length === columns.length && plan.keys.every(({ name }, n) => name === columns[n]);
  for (const row of rows) {
    const values = valuesOf(plan, row, columns);
    if (values.includes(null)) continue;
    causes.set(tupleText(values), { values: isKey ? row.key.parameters : values, cause: causeOf(plan, row) });
  }
  return causes;
}

function valuesOf(plan: TablePlan, image: RowImage, columns: readonly string[]): unknown[] {
  return columns.map((name) => image.values[plan.byName(name)?.position ?? -1] ?? null);
}

function tupleText(values: readonly unknown[]): string {
  return JSON.stringify(values.map(String));
}

export function causeOf(plan: TablePlan, image: RowImage): ChangeCause {
  return { type: plan.faceOf(image).resource, id: idOf(plan, image) };
}
