import { joinPath } from './change-path.js';

/** One differing place in two JSON values. A missing side means that the place did not exist there. */
export interface JsonDifference {
  readonly path: string;
  readonly old?: unknown;
  readonly new?: unknown;
}

/** Beyond so many differing places, or so deep, the whole value is recorded instead. */
const MAX_DIFFERENCES = 100;
const MAX_DEPTH = 16;

/**
 * Where two JSON values differ. Objects are compared by member, whatever their order; arrays of equal length by
 * position; arrays of different length and everything else as a whole.
 *
 * @param path of the column, first part of every path given back
 */
export function diffJson(path: string, before: unknown, after: unknown): JsonDifference[] {
  const found: JsonDifference[] = [];
  compare(path, before, after, 0, found);
  return found.length > MAX_DIFFERENCES ? [{ path, old: before, new: after }] : found;
}

function compare(path: string, before: unknown, after: unknown, depth: number, found: JsonDifference[]): void {
  if (Object.is(before, after) || found.length > MAX_DIFFERENCES) return;
  if (depth < MAX_DEPTH && Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    before.forEach((item, n) => compare(joinPath(path, String(n)), item, after[n], depth + 1, found));
  } else if (depth < MAX_DEPTH && isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const inner = joinPath(path, name);
      if (!Object.hasOwn(after, name)) found.push({ path: inner, old: before[name] });
      else if (!Object.hasOwn(before, name)) found.push({ path: inner, new: after[name] });
      else compare(inner, before[name], after[name], depth + 1, found);
    }
  } else if (
    typeof before !== 'object' ||
    typeof after !== 'object' ||
    JSON.stringify(before) !== JSON.stringify(after)
  ) {
    found.push({ path, old: before, new: after });
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
