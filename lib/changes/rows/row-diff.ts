import { diffJson } from './json-diff.js';
import { JsonText, sameValue } from './row-value.js';
import type { RowValue } from './row-value.js';
import type { RowImage } from './row-image.js';
import type { PlannedColumn, TablePlan } from './table-plan.js';

/** One changed place of a row. A missing side means that there was, or is, nothing: no row, no member of the JSON. */
export interface RowDifference {
  readonly column: PlannedColumn;
  readonly path: string;
  readonly old?: unknown;
  readonly new?: unknown;
}

/**
 * What differs between two images of a row, in the order of its columns. Of a row that appears or disappears, columns
 * that are null are left out: null is what a column without an entry means.
 */
export function diffRow(plan: TablePlan, before: RowImage | null, after: RowImage | null): RowDifference[] {
  const differences: RowDifference[] = [];
  for (const column of plan.columns) {
    if (!column.recorded) continue;
    const old = before?.values[column.position] ?? null;
    const now = after?.values[column.position] ?? null;
    if (before && after) differences.push(...diffColumn(column, old, now));
    else if (before && old !== null) differences.push({ column, path: column.path, old: plain(old) });
    else if (after && now !== null) differences.push({ column, path: column.path, new: plain(now) });
  }
  return differences;
}

function diffColumn(column: PlannedColumn, before: RowValue, after: RowValue): RowDifference[] {
  if (sameValue(before, after)) return [];
  if (before instanceof JsonText && after instanceof JsonText && !after.whole) {
    const differences = diffJson(column.path, before.parse(), after.parse());
    if (column.masked && differences.length > 0) return [{ column, path: column.path, old: true, new: true }];
    return differences.map((difference) => ({ column, ...difference }));
  }
  return [{ column, path: column.path, old: plain(before), new: plain(after) }];
}

function plain(value: RowValue): unknown {
  return value instanceof JsonText ? value.parse() : value;
}
