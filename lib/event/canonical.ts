import { CanonicalizationError, jsonPointer } from './canonicalization.error.js';
import type { CanonicalizationReason } from './canonicalization.error.js';

export { CanonicalizationError } from './canonicalization.error.js';
export type { CanonicalizationReason } from './canonicalization.error.js';

/** Deepest nesting that is accepted; a cycle ends here too. */
export const MAX_CANONICAL_DEPTH = 128;

/** From this size on, numbers print with an exponent, so nobody takes their digits for an exact integer. */
const EXPONENT_FROM = 1e21;
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const NEEDS_CARE = /["\\\u0000-\u001f\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;
const INSERTION_SORT_LIMIT = 24;
const CACHED_NAMES = 2048;
const CACHED_NAME_LENGTH = 64;

/** Quoted names with their colon. Bounded: emptied when full, so that hostile names cannot fill it for good. */
const quotedNames = new Map<string, string>();

/** Names and positions on the way to the value being written; entries beyond the current depth are stale. */
type Path = (string | number)[];

/**
 * Writes a value as canonical JSON (RFC 8785, "JCS"), the one byte form that is hashed and stored.
 *
 * Stricter than the RFC where a value would silently lose its meaning. Refused: `undefined`, functions, symbols,
 * bigints, `NaN` and infinities, integers beyond ±(2^53−1) that would print as exact digits, lone surrogates (in names
 * too), anything but arrays and plain objects (so no `Date`, `Map`, `Buffer`, class instance), holes in arrays, symbol
 * keys, nesting deeper than {@link MAX_CANONICAL_DEPTH} (cycles included).
 *
 * @returns the canonical text; its UTF-8 encoding is the canonical byte string
 * @throws CanonicalizationError naming the JSON pointer of the offending value
 * @publicApi
 */
export function canonicalize(value: unknown): string {
  return write(value, [], 0);
}

/**
 * Quotes a string as JCS does: only `"`, `\` and control characters are escaped.
 *
 * @throws CanonicalizationError if the string is not well-formed Unicode (a lone surrogate has no UTF-8 form)
 */
export function quoteString(value: string): string {
  if (!NEEDS_CARE.test(value)) return `"${value}"`;
  if (LONE_SURROGATE.test(value)) refuse('lone_surrogate', [], 0, LONE_SURROGATE_DETAIL);
  return JSON.stringify(value);
}

/**
 * Writes a finite double as JCS does: the ECMAScript number-to-string form, −0 as `0`. Unlike {@link canonicalize} it
 * takes every finite number, because the public test vectors contain integers beyond 2^53.
 *
 * @throws CanonicalizationError for `NaN` and infinities
 */
export function formatCanonicalNumber(value: number): string {
  if (!Number.isFinite(value)) refuse('not_finite', [], 0, NOT_FINITE_DETAIL);
  return String(value);
}

const LONE_SURROGATE_DETAIL =
  'it holds a lone UTF-16 surrogate, which every UTF-8 encoder replaces, so that different inputs would share one ' +
  'hash. Replace it before (String.prototype.toWellFormed).';
const NOT_FINITE_DETAIL = 'NaN and infinities do not exist in JSON. Leave the member out or write it as a string.';

function write(value: unknown, path: Path, depth: number): string {
  switch (typeof value) {
    case 'string':
      return writeString(value, path, depth);
    case 'number':
      return writeNumber(value, path, depth);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'object':
      if (value === null) return 'null';
      if (depth >= MAX_CANONICAL_DEPTH) {
        refuse('too_deep', path, depth, `it is nested deeper than ${MAX_CANONICAL_DEPTH} levels, or it is a cycle.`);
      }
      return Array.isArray(value) ? writeArray(value, path, depth) : writeObject(value, path, depth);
    case 'bigint':
      return refuse('unsupported_type', path, depth, 'a bigint has no JSON form. Write it as a decimal string.');
    default:
      return refuse(
        'unsupported_type',
        path,
        depth,
        `${typeof value} has no JSON form. Leave the member out, or turn it into a string or null before.`,
      );
  }
}

function writeString(value: string, path: Path, depth: number): string {
  if (!NEEDS_CARE.test(value)) return `"${value}"`;
  if (LONE_SURROGATE.test(value)) refuse('lone_surrogate', path, depth, LONE_SURROGATE_DETAIL);
  return JSON.stringify(value);
}

function writeNumber(value: number, path: Path, depth: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (!Number.isFinite(value)) refuse('not_finite', path, depth, NOT_FINITE_DETAIL);
  if (Number.isInteger(value) && Math.abs(value) < EXPONENT_FROM) {
    refuse(
      'unsafe_integer',
      path,
      depth,
      `the integer ${value} is beyond ±(2^53−1) and may already have been rounded. Write it as a decimal string.`,
    );
  }
  return String(value);
}

function writeArray(value: readonly unknown[], path: Path, depth: number): string {
  if (!Array.isArray(Object.getPrototypeOf(value))) {
    refuse('not_plain_object', path, depth, 'it is an instance of a class derived from Array. Copy it to an array.');
  }
  if (value.length === 0) return '[]';
  let text = '[';
  for (let index = 0; index < value.length; index++) {
    path[depth] = index;
    const item = value[index];
    if (item === undefined && !(index in value)) {
      refuse('unsupported_type', path, depth + 1, 'the array has a hole here. Fill it with null, or leave it out.');
    }
    text += (index === 0 ? '' : ',') + write(item, path, depth + 1);
  }
  return text + ']';
}

function writeObject(value: object, path: Path, depth: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && !isForeignObjectPrototype(prototype)) {
    refuse('not_plain_object', path, depth, `it is ${describe(value)}, not a plain object. Convert it before.`);
  }
  if (Object.getOwnPropertySymbols(value).length > 0) {
    refuse('symbol_key', path, depth, 'it has a symbol key, which JSON would drop. Remove it.');
  }
  const names = sortNames(Object.keys(value));
  let text = '';
  for (let index = 0; index < names.length; index++) {
    const name = names[index];
    path[depth] = name;
    text +=
      (index === 0 ? '{' : ',') +
      writeName(name, path, depth + 1) +
      write((value as Record<string, unknown>)[name], path, depth + 1);
  }
  return names.length === 0 ? '{}' : text + '}';
}

/** A name in quotes with its colon. @throws CanonicalizationError if it is not well-formed Unicode */
export function quoteName(name: string): string {
  return writeName(name, [], 0);
}

function writeName(name: string, path: Path, depth: number): string {
  const known = quotedNames.get(name);
  if (known !== undefined) return known;
  const quoted = writeString(name, path, depth) + ':';
  if (name.length <= CACHED_NAME_LENGTH) {
    if (quotedNames.size >= CACHED_NAMES) quotedNames.clear();
    quotedNames.set(name, quoted);
  }
  return quoted;
}

/** Sorts in place by UTF-16 code units; insertion sort wins on the short, mostly sorted lists that events have. */
export function sortNames(names: string[]): string[] {
  if (names.length > INSERTION_SORT_LIMIT) return names.sort();
  for (let index = 1; index < names.length; index++) {
    const name = names[index];
    let slot = index;
    for (; slot > 0 && names[slot - 1] > name; slot--) names[slot] = names[slot - 1];
    names[slot] = name;
  }
  return names;
}

/** `Object.prototype` of another realm (a `vm` context, as test runners use). */
function isForeignObjectPrototype(prototype: unknown): boolean {
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype as object, 'isPrototypeOf');
}

function describe(value: object): string {
  const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
  return typeof name === 'string' && name !== '' ? `an instance of ${name}` : 'an instance of a class';
}

function refuse(reason: CanonicalizationReason, path: Path, depth: number, detail: string): never {
  throw new CanonicalizationError(reason, jsonPointer(path.slice(0, depth)), detail);
}
