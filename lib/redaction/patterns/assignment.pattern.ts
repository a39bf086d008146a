import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const COLON = 0x3a;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const LONGEST_NAME = 128;
const LONGEST_GAP = 4;
/** `TokenExpiredError: jwt expired` names an error, not a token. */
const ERROR_NAME = /(?:Error|Exception|Warning)$/;
/** A marker that an earlier pass has set, and nothing behind it that still belongs to the value. */
const MARKER = /\[REDACTED:[^\]\s]{1,200}\](?=$|[\s&,;"'<>)}\]\\])/y;
const VALUE_END = /[\s&"'<>]/g;
const LINE_END = /[\r\n]/g;
const QUOTED_END: Readonly<Record<string, RegExp>> = { '"': /[^\\]"/g, "'": /[^\\]'/g, '`': /[^\\]`/g };
const ESCAPED_QUOTE_END = /\\"/g;
/** What is kept under these names has spaces in it. */
const WHOLE_LINE_RULES: ReadonlySet<string> = new Set([
  'key:authorization',
  'key:cookie',
  'key:credential',
  'key:connectionstring',
  'key:mnemonic',
  'key:passphrase',
  'key:privatekey',
]);

/**
 * Values that stand in a text beside a hidden name: `?token=…`, `"password":"…"`, `Authorization: …`. That is how
 * secrets get into URLs, error messages, raw bodies and header dumps.
 */
export class AssignmentPattern implements ValuePattern {
  readonly name = 'assignment';
  readonly triggers = [Trait.Colon, Trait.Equals];

  /** @param ruleOf the key rule that hides values of a name */
  constructor(private readonly ruleOf: (name: string) => RedactionRule | undefined) {}

  find(text: string, spans: SecretSpan[]): void {
    for (let index = 0; index < text.length; index++) {
      const code = text.charCodeAt(index);
      if (code !== COLON && code !== EQUALS) continue;
      if (code === COLON && text.startsWith('//', index + 1)) continue;
      const name = nameBefore(text, index);
      if (name === '' || ERROR_NAME.test(name)) continue;
      const rule = this.ruleOf(name);
      if (rule === undefined) continue;
      const start = startOfValue(text, index + 1);
      const end = endOfValue(text, start, rule);
      if (end > start) spans.push({ start, end, rule });
      index = Math.max(index, end - 1);
    }
  }
}

/** The name that ends before `end`, without quotes; empty if there is none or it begins with a digit. */
function nameBefore(text: string, end: number): string {
  let to = end;
  for (let gap = 0; gap < LONGEST_GAP && isBlank(text.charCodeAt(to - 1)); gap++) to--;
  while (isQuote(text.charCodeAt(to - 1)) || text.charCodeAt(to - 1) === BACKSLASH) {
    if (end - to > 2 * LONGEST_GAP) return '';
    to--;
  }
  let from = to;
  while (from > 0 && to - from < LONGEST_NAME && isNameCharacter(text.charCodeAt(from - 1))) from--;
  const first = text.charCodeAt(from);
  return first >= 0x30 && first <= 0x39 ? '' : text.slice(from, to);
}

function startOfValue(text: string, from: number): number {
  let start = from;
  // `==`, `=>` and `:=` are assignments too.
  while (text.charCodeAt(start) === EQUALS || text.charCodeAt(start) === 0x3e) start++;
  while (isBlank(text.charCodeAt(start))) start++;
  return start;
}

function endOfValue(text: string, start: number, rule: RedactionRule): number {
  const first = text[start];
  if (first === undefined) return start;
  MARKER.lastIndex = start;
  if (MARKER.test(text)) return start;
  if (first === '\\' && text[start + 1] === '"') return endAfter(ESCAPED_QUOTE_END, text, start + 2);
  if (QUOTED_END[first] !== undefined) {
    if (text[start + 1] !== first) return endAfter(QUOTED_END[first], text, start + 1);
    if (text[start + 2] !== first) return start + 2;
    // A block string, as GraphQL has them.
    const end = text.indexOf(first.repeat(3), start + 3);
    return end < 0 ? text.length : end + 3;
  }
  // Where an object or a list under a hidden name ends can't be told in a text that may be cut.
  if (first === '{' || first === '[') return text.length;
  return endBefore(WHOLE_LINE_RULES.has(rule.label) ? LINE_END : VALUE_END, text, start);
}

function endAfter(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.test(text) ? expression.lastIndex : text.length;
}

function endBefore(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.exec(text)?.index ?? text.length;
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

function isQuote(code: number): boolean {
  return code === 0x22 || code === 0x27 || code === 0x60;
}

/** Letters, digits, anything beyond ASCII, and what stands in form and query names: `user[password]`, `%70in`. */
function isNameCharacter(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x5f ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x25 ||
    code === 0x24 ||
    code === 0x5b ||
    code === 0x5d ||
    code > 0x7f
  );
}
