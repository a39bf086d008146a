/**
 * What a JSON value has to look like, said twice: as a regular expression over its canonical text, which is fast, and as
 * a check of the parsed value, which can say what is wrong.
 */
export interface Shape {
  /** Source of a regular expression that matches canonical texts of this shape only, though perhaps not all of them. */
  readonly pattern: string;
  /**
   * The first thing that is wrong with a parsed value, in words that follow its JSON pointer; null if nothing is.
   * @param pointer JSON pointer of the value
   */
  explain(value: unknown, pointer: string): string | null;
}

const UNESCAPED = '[^"\\\\\\x00-\\x1f]*';
/** Every control character has one canonical escape only: the short form where there is one, else lowercase hex. */
const ESCAPE = '\\\\(?:["\\\\bfnrt]|u00(?:0[0-7be-f]|1[0-9a-f]))';
/** Source of a regular expression for the inside of a canonical JSON string. */
export const TEXT = `${UNESCAPED}(?:${ESCAPE}${UNESCAPED})*`;
/** Twelve digits and three decimals are fifteen significant digits: each of these texts is what its own double prints. */
const NUMBER = '(?:0|[1-9][0-9]{0,11})(?:\\.[0-9]{0,2}[1-9])?';
const INTEGER = '0|[1-9][0-9]{0,14}';
/** A member is followed by the next one or by the end of its object; a comma before the end matches neither. */
const MEMBER_END = '(?:,(?=")|(?=\\}))';

/** Any string. @param name under which its text (still escaped) is captured */
export function text(name?: string): Shape {
  return {
    pattern: `"${group(TEXT, name)}"`,
    explain: (value, pointer) => (typeof value === 'string' ? null : wrong(pointer, 'a string', value)),
  };
}

/** A string of one form. @param source regular expression without quotes, anchors and groups that capture */
export function textLike(source: string, what: string, name?: string): Shape {
  const whole = new RegExp(`^(?:${source})$`);
  return {
    pattern: `"${group(source, name)}"`,
    explain: (value, pointer) => (typeof value === 'string' && whole.test(value) ? null : wrong(pointer, what, value)),
  };
}

/** Any number that is not negative. */
export function number(): Shape {
  return {
    pattern: NUMBER,
    explain: (value, pointer) =>
      typeof value === 'number' && value >= 0 ? null : wrong(pointer, 'a number that is not negative', value),
  };
}

/** An integer from 0 to 2^53−1. */
export function integer(name?: string): Shape {
  return {
    pattern: group(INTEGER, name),
    explain: (value, pointer) =>
      Number.isSafeInteger(value) && (value as number) >= 0
        ? null
        : wrong(pointer, 'an integer from 0 to 2^53−1', value),
  };
}

/** One of some values without structure. */
export function oneOf(values: readonly (string | number | boolean | null)[], name?: string): Shape {
  const what = values.map((value) => JSON.stringify(value));
  return {
    pattern: group(what.map(escapeForPattern).join('|'), name),
    explain: (value, pointer) =>
      (values as readonly unknown[]).includes(value) ? null : wrong(pointer, what.join(' or '), value),
  };
}

/** One shape or another. The name captures the JSON text of whichever it is. */
export function either(first: Shape, second: Shape, name?: string): Shape {
  return {
    pattern: group(`${first.pattern}|${second.pattern}`, name),
    explain: (value, pointer) => first.explain(value, pointer) && second.explain(value, pointer),
  };
}

/** An array with at least one item. */
export function list(item: Shape): Shape {
  return {
    pattern: `\\[${item.pattern}(?:,${item.pattern})*\\]`,
    explain: (value, pointer) => {
      if (!Array.isArray(value) || value.length === 0) return wrong(pointer, 'an array that is not empty', value);
      return first(value, (one, index) => item.explain(one, `${pointer}/${index}`));
    },
  };
}

/**
 * An object with exactly these members, not empty. Names are given in canonical order, those of optional members with a
 * question mark behind.
 */
export function object(members: Readonly<Record<string, Shape>>, name?: string): Shape {
  const known = Object.entries(members).map(([key, shape]) => ({
    key: key.replace(/\?$/, ''),
    optional: key.endsWith('?'),
    shape,
  }));
  const names = new Set(known.map(({ key }) => key));
  const pattern = known.map(({ key, optional, shape }) => {
    const member = `"${key}":${shape.pattern}${MEMBER_END}`;
    return optional ? `(?:${member})?` : member;
  });
  return {
    pattern: group(`\\{(?!\\})${pattern.join('')}\\}`, name),
    explain: (value, pointer) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return wrong(pointer, 'an object', value);
      const present = Object.keys(value);
      if (present.length === 0) return `${pointer || 'the record'} is an empty object`;
      const stranger = present.find((key) => !names.has(key));
      if (stranger !== undefined) return `${pointer}/${shorten(stranger)} is not a field of a record`;
      return first(known, ({ key, optional, shape }) => {
        if (Object.hasOwn(value, key))
          return shape.explain((value as Record<string, unknown>)[key], `${pointer}/${key}`);
        return optional ? null : `${pointer}/${key} is absent`;
      });
    },
  };
}

/** Names of the captured parts of a pattern in order, and the pattern with plain groups: named ones cost an object a match. */
export function compile({ pattern }: Shape): { readonly expression: RegExp; readonly names: readonly string[] } {
  const names = [...pattern.matchAll(/\(\?<([A-Za-z]+)>/g)].map((match) => match[1]);
  return { expression: new RegExp(`^${pattern.replaceAll(/\(\?<[A-Za-z]+>/g, '(')}$`), names };
}

function group(source: string, name: string | undefined): string {
  return name === undefined ? `(?:${source})` : `(?<${name}>${source})`;
}

function first<T>(items: readonly T[], explain: (item: T, index: number) => string | null): string | null {
  for (let index = 0; index < items.length; index++) {
    const found = explain(items[index], index);
    if (found !== null) return found;
  }
  return null;
}

function wrong(pointer: string, expected: string, value: unknown): string {
  return `${pointer || 'the record'} must be ${expected}, got ${shorten(JSON.stringify(value) ?? 'nothing')}`;
}

function shorten(value: string): string {
  return value.length > 80 ? `${value.slice(0, 80)}…` : value;
}

function escapeForPattern(literal: string): string {
  return literal.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
}
