import type { RowDifference } from '../rows/row-diff.js';
import type { TablePlan } from '../rows/table-plan.js';
import { criteriaText } from '../typeorm/typeorm-internals.js';
import type { WriteBuilder } from '../typeorm/typeorm-internals.js';
import { plainGiven } from '../rows/given-values.js';

/** `"status" = :orm_param_0`, `age > :age`, `id IN (:...ids)`: a column and the parameter that it is compared with. */
const COMPARISON = /["`]?(\w+)["`]?\s*(?:=|!=|<>|<=?|>=?|(?:NOT\s+)?(?:I?LIKE|IN|BETWEEN))\s*\(?\s*:(?:\.\.\.)?(\w+)/gi;

/**
 * The criteria of a statement, fit to be recorded: its text with the names of parameters, and the values of those
 * parameters that are compared with a column, by the column's name so that redaction knows what they are.
 */
export function describeCriteria(builder: WriteBuilder): Record<string, unknown> {
  const where = criteriaText(builder);
  if (where === '') return { criteria: 'all rows' };
  const parameters = builder.getParameters();
  const values: Record<string, unknown[]> = {};
  for (const [, column, parameter] of where.matchAll(COMPARISON)) {
    if (Object.hasOwn(parameters, parameter)) (values[column] ??= []).push(parameters[parameter]);
  }
  return { criteria: where, ...(Object.keys(values).length > 0 ? { parameters: values } : {}) };
}

/** What an UPDATE sets, as far as the statement says it; of SQL expressions only the column is known. */
export function describeSet(plan: TablePlan, builder: WriteBuilder): RowDifference[] {
  const set = builder.expressionMap.valuesSet;
  if (!set || Array.isArray(set)) return [];
  return plan.columns.flatMap((column): RowDifference[] => {
    const value: unknown = column.metadata.getEntityValue(set);
    if (value === undefined || !column.recorded) return [];
    if (typeof value === 'function') return [{ column, path: column.path }];
    return [{ column, path: column.path, new: plainGiven(column, value) }];
  });
}
