import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import { givenTuple } from '../rows/given-values.js';
import type { RowImage } from '../rows/row-image.js';
import { readRowsBy } from '../rows/row-reader.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { WriteBuilder } from '../typeorm/typeorm-internals.js';
import type { GivenRows } from './inserted-keys.js';
import { uniqueKeyNamed, uniqueKeysOf } from './unique-keys.js';

/** Rows that an INSERT with `orUpdate` or `orIgnore` may meet, found by the columns in which they conflict. */
export class ConflictRows {
  /** Values by which rows are looked up, by the columns that they are of. */
  private readonly lookups: { readonly columns: readonly string[]; readonly tuples: unknown[][] }[] = [];
  /** Positions of given rows that no conflict can concern and no lookup can find. */
  readonly untold: readonly number[];

  constructor(
    private readonly plan: TablePlan,
    builder: WriteBuilder,
    given: GivenRows,
  ) {
    const told = new Set<number>();
    for (const columns of conflictColumns(plan, builder)) {
      const tuples: unknown[][] = [];
      given.sets.forEach((set, row) => {
        const tuple = givenTuple(plan, columns, set);
        if (!tuple) return;
        tuples.push(tuple);
        told.add(row);
      });
      if (tuples.length > 0) this.lookups.push({ columns, tuples });
    }
    this.untold = given.sets.map((_, row) => row).filter((row) => !told.has(row));
  }

  /** The rows that exist after the statement and did not before, as far as was seen. */
  async appeared(connection: SqlConnection, before: ReadonlyMap<string, RowImage>): Promise<RowImage[]> {
    const { select, dialect } = this.plan;
    const withOrigin = dialect.origin === undefined ? select : `${select}, ${dialect.origin} AS origin`;
    // Where a plain read shows the past, only a locking one shows what the statement met. All rows exist by now, so it
    // locks nothing that the statement has not locked.
    const images = await this.find(connection, dialect.lockWritten, withOrigin);
    const fresh = images.filter(({ key, origin }) => !before.has(key.text) && origin !== 'foreign');
    return [...new Map(fresh.map((image) => [image.key.text, image])).values()];
  }

  private async find(connection: SqlConnection, lock: string, select?: string): Promise<RowImage[]> {
    const images: RowImage[] = [];
    for (const { columns, tuples } of this.lookups) {
      images.push(...(await readRowsBy(connection, this.plan, columns, tuples, lock, select)));
    }
    return images;
  }

  /**
   * The rows that exist now, locked, by their key. MySQL locks the gap where a row does not exist, which would make
   * inserts of others wait: there only rows that were found are locked.
   */
  async lock(connection: SqlConnection): Promise<Map<string, RowImage>> {
    const { lockForUpdate, name } = this.plan.dialect;
    let images = await this.find(connection, name === 'mysql' ? '' : lockForUpdate);
    if (name === 'mysql' && images.length > 0) {
      images = await readRowsBy(
        connection,
        this.plan,
        this.plan.keyNames,
        images.map(({ key }) => key.parameters),
        lockForUpdate,
      );
    }
    return new Map(images.map((image) => [image.key.text, image]));
  }
}

/** Columns in which rows may conflict: those that the statement names, or those of every unique key. */
function conflictColumns(plan: TablePlan, builder: WriteBuilder): readonly (readonly string[])[] {
  const conflict = builder.expressionMap.onUpdate?.conflict;
  if (plan.dialect.name !== 'mysql') {
    if (Array.isArray(conflict) && conflict.length > 0) return [conflict];
    const named = typeof conflict === 'string' ? uniqueKeyNamed(plan, conflict) : undefined;
    if (named) return [named];
  }
  return uniqueKeysOf(plan);
}
