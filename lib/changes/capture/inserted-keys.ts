import type { SqlConnection } from '../../ledger/outbox-writer.port.js';
import { givenValue } from '../rows/given-values.js';
import { keyOfGiven } from '../rows/row-image.js';
import type { RowKey } from '../rows/row-image.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { WriteBuilder, WriteResult } from '../typeorm/typeorm-internals.js';

type Values = Record<string, unknown>;

/** The rows that an INSERT is given, before TypeORM adds to them what it believes the database has made. */
export interface GivenRows {
  readonly sets: readonly Values[];
  /** Values of the primary key by row; undefined where the database, or TypeORM at the last moment, makes them. */
  readonly keys: readonly (readonly unknown[])[];
}

export function givenRows(plan: TablePlan, builder: WriteBuilder): GivenRows {
  const { valuesSet } = builder.expressionMap;
  const sets = Array.isArray(valuesSet) ? valuesSet : valuesSet ? [valuesSet] : [];
  return { sets, keys: sets.map((set) => plan.keys.map((key) => givenValue(key, set))) };
}

/**
 * Finds the primary keys of the rows that a plain INSERT has made. TypeORM's own answer can't be used: it numbers rows
 * by position, which is wrong as soon as some rows bring their key with them.
 *
 * @returns by row; undefined where the key can't be told for certain
 */
export async function insertedKeys(
  connection: SqlConnection,
  plan: TablePlan,
  builder: WriteBuilder,
  given: GivenRows,
  result: WriteResult,
): Promise<(RowKey | undefined)[]> {
  const { locallyGenerated } = builder.expressionMap;
  const returned = Array.isArray(result.raw) && result.raw.length === given.sets.length ? result.raw : undefined;
  const known = given.keys.map((values, row) =>
    plan.keys.map((key, n) => {
      const fromDatabase = (returned?.[row] as Values | undefined)?.[key.name];
      const local = locallyGenerated[row] && (key.metadata.getEntityValue(locallyGenerated[row]) as unknown);
      return fromDatabase ?? values[n] ?? local;
    }),
  );
  const missing = known.filter((values) => values.includes(undefined));
  if (missing.length > 0) {
    const numbers = await generatedNumbers(connection, plan, given.sets.length, missing.length, result.raw);
    if (numbers) missing.forEach((values, n) => (values[values.indexOf(undefined)] = numbers[n]));
  }
  return known.map((values) => (values.includes(undefined) ? undefined : keyOfGiven(plan, values)));
}

/** Numbers that the database gave to rows without a key, in the order of the rows. */
async function generatedNumbers(
  connection: SqlConnection,
  plan: TablePlan,
  rows: number,
  missing: number,
  raw: unknown,
): Promise<number[] | undefined> {
  if (plan.keys.length !== 1) return undefined;
  if (plan.dialect.name === 'sqlite') {
    // The last one's number, and consecutive ones before it; mixed with given keys nothing follows from it.
    const last = Number(raw);
    return rows === missing && last >= missing ? count(missing, last - missing + 1, 1) : undefined;
  }
  if (plan.dialect.name === 'mysql') {
    const first = Number((raw as { insertId?: unknown } | null)?.insertId);
    if (!(first > 0)) return undefined;
    const [{ step }] = (await connection.query('SELECT @@auto_increment_increment AS step')) as { step: number }[];
    return count(missing, first, Number(step));
  }
  return undefined;
}

function count(length: number, from: number, step: number): number[] {
  return Array.from({ length }, (_, n) => from + n * step);
}
