import type { TablePlan } from '../rows/table-plan.js';
import type { WriteBuilder } from '../typeorm/typeorm-internals.js';

/** `id = :orm_param_0`, `"id" IN (:orm_param_0, :orm_param_1)`, `id IN (:...ids)` and nothing else. */
const BY_ONE_COLUMN = /^ WHERE ["`]?(\w+)["`]? (?:= :(\w+)|IN \(((?::(?:\.\.\.)?\w+(?:, )?)+)\))$/;
const PARAMETER = /:(\.\.\.)?(\w+)/g;

/**
 * Primary keys of the rows that a statement concerns, when it names them and nothing else, as `save()`, `update(id, …)`
 * and `delete(id)` do: then its rows can be read by a statement that is made only once.
 *
 * @returns undefined for any other criteria, and for composite keys
 */
export function keysOfCriteria(plan: TablePlan, builder: WriteBuilder): unknown[][] | undefined {
  if (plan.keys.length !== 1 || builder.expressionMap.limit !== undefined) return undefined;
  const match = BY_ONE_COLUMN.exec(builder.createWhereExpression());
  const [{ name, metadata }] = plan.keys;
  if (!match || (match[1] !== name && match[1] !== metadata.propertyPath)) return undefined;
  const parameters = builder.getParameters();
  if (match[2] !== undefined) return [[parameters[match[2]]]];
  const keys: unknown[][] = [];
  for (const [, spread, parameter] of match[3].matchAll(PARAMETER)) {
    const value = parameters[parameter];
    if (spread === undefined) keys.push([value]);
    else if (Array.isArray(value)) for (const one of value) keys.push([one]);
  }
  return keys;
}
