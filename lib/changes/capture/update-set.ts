import { givenValue, isExpression } from '../rows/given-values.js';
import { keyOfGiven } from '../rows/row-image.js';
import type { RowImage, RowKey } from '../rows/row-image.js';
import type { TablePlan } from '../rows/table-plan.js';
import type { WriteBuilder } from '../typeorm/typeorm-internals.js';

/** Columns that an UPDATE sets. */
export function changedColumns(plan: TablePlan, builder: WriteBuilder): Set<string> {
  const set = singleSet(builder);
  if (!set) return new Set();
  const changed = plan.columns.filter(({ metadata }) => metadata.getEntityValue(set) !== undefined);
  return new Set(changed.map(({ name }) => name));
}

/** Whether rows get a primary key that only the database knows. */
export function movesUnknown(plan: TablePlan, builder: WriteBuilder): boolean {
  const set = singleSet(builder);
  return set !== undefined && plan.keys.some((key) => isExpression(key, set));
}

/** What finds the row after the statement, which may have given it another primary key. */
export function movedKey(plan: TablePlan, row: RowImage, builder: WriteBuilder): RowKey {
  const set = singleSet(builder);
  if (!set || builder.expressionMap.whereEntities.length > 0) return row.key;
  const given = plan.keys.map((key) => givenValue(key, set));
  if (given.every((value) => value === undefined)) return row.key;
  const { parameters, text } = keyOfGiven(plan, given);
  const old = JSON.parse(row.key.text) as string[];
  const printed = JSON.parse(text) as string[];
  return {
    text: JSON.stringify(given.map((value, n) => (value === undefined ? old[n] : printed[n]))),
    parameters: given.map((value, n) => (value === undefined ? row.key.parameters[n] : parameters[n])),
  };
}

function singleSet(builder: WriteBuilder): Record<string, unknown> | undefined {
  const { queryType, valuesSet } = builder.expressionMap;
  return queryType === 'update' && valuesSet && !Array.isArray(valuesSet) ? valuesSet : undefined;
}
