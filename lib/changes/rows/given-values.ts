import { JsonText } from './row-value.js';
import type { PlannedColumn, TablePlan } from './table-plan.js';
import { dataSourceOf } from '../typeorm/typeorm-internals.js';

/** What the application gave for a column: undefined when it gave nothing, or SQL whose value only the database knows. */
export function givenValue(column: PlannedColumn, values: Record<string, unknown>): unknown {
  let value: unknown = column.metadata.getEntityValue(values);
  const { referencedColumn } = column.metadata;
  if (referencedColumn && typeof value === 'object' && value !== null && !isScalarObject(value)) {
    value = referencedColumn.getEntityValue(value) as unknown;
  }
  return typeof value === 'function' || value === null ? undefined : value;
}

/** Whether the application gave SQL instead of a value. */
export function isExpression(column: PlannedColumn, values: Record<string, unknown>): boolean {
  return typeof column.metadata.getEntityValue(values) === 'function';
}

/** A value as a parameter of SQL. */
export function asParameter(column: PlannedColumn, value: unknown): unknown {
  const dataSource = dataSourceOf(column.metadata.entityMetadata);
  return dataSource?.driver.preparePersistentValue(value, column.metadata) as unknown;
}

/** A given value in the form that reading it would give, as far as that can be known without the database. */
export function plainGiven(column: PlannedColumn, value: unknown): unknown {
  const stored = asParameter(column, value);
  if (stored === null || stored === undefined) return null;
  if (stored instanceof Date) return stored.toISOString();
  if (stored instanceof Uint8Array || Array.isArray(stored)) return stored;
  const read = column.reader.findable === false && typeof stored === 'object' ? stored : column.reader.value(stored);
  return read instanceof JsonText ? read.parse() : read;
}

/** Given values of several columns; undefined when one of them is missing. */
export function givenTuple(
  plan: TablePlan,
  columns: readonly string[],
  values: Record<string, unknown>,
): unknown[] | undefined {
  const tuple: unknown[] = [];
  for (const name of columns) {
    const column = plan.byName(name);
    const value = column && givenValue(column, values);
    if (column === undefined || value === undefined) return undefined;
    tuple.push(asParameter(column, value));
  }
  return tuple;
}

function isScalarObject(value: object): boolean {
  return value instanceof Date || value instanceof Uint8Array;
}
