import { types } from 'node:util';
import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import type { PathState } from '../paths/path-rules.js';
import { strictest } from '../redaction-rule.js';
import { binaryForm } from './binary-form.js';
import { describeError } from './error-form.js';
import { Marker, MARKER_BYTES } from './markers.js';
import type { ValueWalk } from './value-walk.js';
import { classNameOf } from './value-types.js';

/** Things that are no data, or whose data can only be had by consuming them. */
const OPAQUE: ReadonlySet<string> = new Set([
  'Promise',
  'WeakMap',
  'WeakSet',
  'WeakRef',
  'Generator',
  'AsyncGenerator',
  'Blob',
  'File',
  'FormData',
  'Headers',
  'Request',
  'Response',
  'ReadableStream',
  'WritableStream',
  'TransformStream',
]);

/**
 * Writes an object that is neither plain nor an array. Called inside a guard: whatever throws here becomes a marker.
 * The checks come from Node and can't be lied to by the object, other than its own `toString` or `constructor`.
 */
export function describeInstance(
  walk: ValueWalk,
  value: object,
  level: number,
  state: PathState | undefined,
): JsonValue | undefined {
  if (types.isDate(value)) return describeDate(walk, value);
  if (types.isMap(value)) return describeMap(walk, value, level, state);
  if (types.isSet(value)) return describeSet(walk, value, level, state);
  if (types.isBoxedPrimitive(value)) return walk.visit(unboxed(value), level, state);
  if (ArrayBuffer.isView(value) || types.isAnyArrayBuffer(value)) return binaryForm(walk, value);
  if (types.isNativeError(value) || value instanceof Error) return describeError(walk, value, level);
  if (types.isRegExp(value)) return { $regexp: walk.text(RegExp.prototype.toString.call(value)) ?? '' };
  const known = walk.rules.types.find((type) => matches(type.matches, value));
  if (known !== undefined) return describeKnown(walk, known.text(value));
  const tag = Object.prototype.toString.call(value).slice('[object '.length, -1);
  if (tag === 'URL' || tag === 'URLSearchParams') return walk.text(String(value));
  if (OPAQUE.has(tag)) return opaque(walk, tag);
  if (typeof (value as { pipe?: unknown }).pipe === 'function') return opaque(walk, classNameOf(value) ?? 'Stream');
  return walk.members(value, level, state, true);
}

function describeDate(walk: ValueWalk, value: Date): JsonValue {
  walk.budget.bytes -= MARKER_BYTES;
  const time = Date.prototype.getTime.call(value);
  return Number.isNaN(time) ? Marker.invalidDate : new Date(time).toISOString();
}

function describeMap(
  walk: ValueWalk,
  value: ReadonlyMap<unknown, unknown>,
  level: number,
  state: PathState | undefined,
): JsonValue {
  if (!walk.fits(level + 2)) return walk.tooDeep();
  walk.at(level, '$map');
  walk.enter(value, level + 1);
  walk.enter(value, level + 2);
  const entries = firstAndLast(Map.prototype.entries.call(value), value.size, walk.rules.limits.array);
  const list = walk.list(value.size, entries, level + 1, undefined, (entry) => {
    const [key, item] = entry as [unknown, unknown];
    return describeMapEntry(walk, key, item, level + 2, state);
  });
  return { $map: list };
}

/** A key that is text is judged like the key of an object. */
function describeMapEntry(
  walk: ValueWalk,
  key: unknown,
  item: unknown,
  level: number,
  state: PathState | undefined,
): JsonValue {
  walk.at(level, 0);
  const shownKey = walk.visit(key, level + 1, undefined) ?? null;
  walk.at(level, 1);
  const { paths, keys } = walk.rules;
  const isName = typeof key === 'string';
  const below = isName && state !== undefined ? paths?.step(state, key) : undefined;
  const byPath = below === undefined ? undefined : paths?.ruleOf(below);
  const rule = strictest(byPath, isName ? keys.plan(key).rule : undefined);
  return [shownKey, (rule === undefined ? walk.visit(item, level + 1, below) : walk.hide(rule, item)) ?? null];
}

function describeSet(
  walk: ValueWalk,
  value: ReadonlySet<unknown>,
  level: number,
  state: PathState | undefined,
): JsonValue {
  if (!walk.fits(level + 1)) return walk.tooDeep();
  walk.at(level, '$set');
  walk.enter(value, level + 1);
  const entries = firstAndLast(Set.prototype.values.call(value), value.size, walk.rules.limits.array);
  return { $set: walk.list(value.size, entries, level + 1, state) };
}

/** Positions of a collection that can only be run through: all of a short one, else its two ends. */
function firstAndLast(iterator: Iterator<unknown>, size: number, most: number): (index: number) => unknown {
  const kept: unknown[] = [];
  for (let index = 0; index < size; index++) {
    const { value, done } = iterator.next();
    if (done) break;
    if (size <= most || index < most || index >= size - most) kept[index] = value;
  }
  return (index) => kept[index];
}

function unboxed(value: object): unknown {
  if (types.isStringObject(value)) return String.prototype.valueOf.call(value);
  if (types.isNumberObject(value)) return Number.prototype.valueOf.call(value);
  if (types.isBooleanObject(value)) return Boolean.prototype.valueOf.call(value);
  if (types.isBigIntObject(value)) return BigInt.prototype.valueOf.call(value);
  return Symbol.prototype.valueOf.call(value);
}

function describeKnown(walk: ValueWalk, text: unknown): JsonValue | undefined {
  return typeof text === 'string' ? walk.text(text) : walk.unreadable();
}

function opaque(walk: ValueWalk, kind: string): JsonValue {
  walk.budget.bytes -= MARKER_BYTES;
  return { $unsupported: walk.text(kind) ?? '' };
}

function matches(test: (value: object) => boolean, value: object): boolean {
  try {
    return test(value) === true;
  } catch {
    return false;
  }
}
