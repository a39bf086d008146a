import type { OptionSpec } from './option-spec.js';
import { isList, itemsOf } from './safe-read.js';

/** Stands wherever a secret would. */
export const MASKED = '[masked]';

const SHOWN_TEXT = 80;
const SHOWN_ITEMS = 8;
const KEY_MATERIAL = /-----BEGIN|PRIVATE[ +]KEY/;
const URL_START = /^[a-z][a-z0-9+.-]*:/i;

/** The option's value as the effective configuration shows it. The value must be valid. */
export function showValue(spec: OptionSpec, value: unknown): string {
  if (spec.secret) return MASKED;
  if (spec.show) return spec.show(String(value));
  if (Array.isArray(value)) return value.length === 0 ? '(none)' : value.map(showPlain).join(', ');
  if (spec.shape === 'map') {
    const entries = Object.entries(value as object);
    return entries.length === 0 ? '(none)' : entries.map(([name, text]) => `${name}=${showPlain(text)}`).join(', ');
  }
  return showPlain(value);
}

/** What was given, for an error message. Takes anything, shows no secret. */
export function showGiven(spec: OptionSpec | undefined, value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (spec === undefined || spec.secret || spec.section !== undefined) return describeKind(value);
  if (typeof value === 'string') return quote(spec.show ? spec.show(value) : value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value === 'bigint') return 'a bigint';
  if (spec.shape === 'list' && isList(value)) return showItems(itemsOf(value) ?? []);
  return describeKind(value);
}

/**
 * A URL without what may be secret in it: user and password, the values of the query, the fragment.
 * Text in which a password may have spilled out of its place is masked as a whole.
 */
export function showUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return MASKED;
  }
  if (`${url.pathname}${url.search}${url.hash}`.includes('@')) return MASKED;
  const authority = text.includes('//') ? `//${url.username || url.password ? `${MASKED}@` : ''}${url.host}` : '';
  const query = [...url.searchParams.keys()].map((name) => `${name}=${MASKED}`).join('&');
  return `${url.protocol}${authority}${url.pathname}${query === '' ? '' : `?${query}`}`;
}

/** Only the origin of a URL, for services that carry their token in the path. */
export function showOrigin(text: string): string {
  try {
    const url = new URL(text);
    return `${url.protocol}//${url.host}/…`;
  } catch {
    return MASKED;
  }
}

/** The kind of a value, with its article, and nothing of the value itself. */
export function describeKind(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value === '' ? 'an empty text' : 'a text';
    case 'object':
      if (value === null) return 'null';
      return isList(value) ? 'a list' : 'an object';
    case 'undefined':
      return 'nothing';
    default:
      return `a ${typeof value}`;
  }
}

function showItems(items: readonly unknown[]): string {
  const shown = items
    .slice(0, SHOWN_ITEMS)
    .map((item) => (typeof item === 'string' ? quote(item) : describeKind(item)));
  return `[${shown.join(', ')}${items.length > SHOWN_ITEMS ? ', …' : ''}]`;
}

function showPlain(value: unknown): string {
  if (typeof value === 'string') return showText(value);
  if (typeof value === 'function') return value.name === '' ? '(function)' : `(function ${value.name})`;
  if (typeof value === 'object' && value !== null) return `(${nameOf(value)})`;
  return String(value);
}

/** Nothing says that text in the wrong option is no secret: key material and URLs with a password are known by their look. */
function showText(text: string): string {
  if (KEY_MATERIAL.test(text)) return MASKED;
  return URL_START.test(text) && text.includes('@') ? showUrl(text) : text;
}

function quote(text: string): string {
  const shown = showText(text);
  return JSON.stringify(shown.length > SHOWN_TEXT ? `${shown.slice(0, SHOWN_TEXT)}…` : shown);
}

function nameOf(value: object): string {
  try {
    const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
    return typeof name === 'string' && name !== '' ? name : 'object';
  } catch {
    return 'object';
  }
}
