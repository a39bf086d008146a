import { BytesDigest, JsonText } from './row-value.js';
import type { RowValue } from './row-value.js';
import type { PlannedColumn, TablePlan } from './table-plan.js';

/** A row as it was at one moment. */
export interface RowImage {
  /** One value a column of the plan, in its order. */
  readonly values: readonly RowValue[];
  readonly key: RowKey;
  /** What `RowDialect.origin` said, if it was asked. */
  readonly origin?: 'inserted' | 'updated' | 'foreign';
}

/** What finds a row again. */
export interface RowKey {
  /** Equal for equal keys of one table. */
  readonly text: string;
  /** Values of the primary key as parameters, in its order. */
  readonly parameters: readonly unknown[];
}

/** Reads what a driver gave for {@link TablePlan.selectAs}. */
export function imageOf(plan: TablePlan, raw: Record<string, unknown>, prefix = 'c'): RowImage {
  const values = plan.columns.map(({ reader, position }) => {
    const value = raw[`${prefix}${position}`];
    return value === null || value === undefined ? null : reader.value(value);
  });
  const parameters = plan.keys.map((key, n) =>
    key.reader.findable === false ? raw[`${prefix}k${n}`] : plainValue(values[key.position]),
  );
  const key = { text: keyTextOf(plan, values), parameters };
  return raw.origin === undefined ? { values, key } : { values, key, origin: raw.origin as RowImage['origin'] };
}

/** {@link RowKey.text} of a row with these values. */
export function keyTextOf(plan: TablePlan, values: readonly RowValue[]): string {
  return keyText(plan.keys.map(({ position }) => values[position]));
}

/** The key of a row that the application is about to insert, in the form that reading it would give. */
export function keyOfGiven(plan: TablePlan, given: readonly unknown[]): RowKey {
  const { driver } = plan.metadata.dataSource ?? plan.metadata.connection;
  const parameters = plan.keys.map((key, n) => driver.preparePersistentValue(given[n], key.metadata) as unknown);
  return { text: keyText(parameters.map((value, n) => formOf(plan.keys[n], value))), parameters };
}

/** Letters' case and blanks at the ends aside: a collation or a fixed length may have changed both. */
export function looseKey(text: string): string {
  return text.toLowerCase().replace(/\s+"/g, '"');
}

function formOf(key: PlannedColumn, value: unknown): RowValue {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  return key.reader.findable === false && !(value instanceof Uint8Array) ? String(value) : key.reader.value(value);
}

function keyText(values: readonly RowValue[]): string {
  return JSON.stringify(values.map((value) => String(plainValue(value))));
}

function plainValue(value: RowValue): unknown {
  if (value instanceof BytesDigest) return value.sha256;
  return value instanceof JsonText ? value.text : value;
}
