import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const LEAST_DIGITS = 13;
const MOST_DIGITS = 19;
/** Lengths of hexadecimal ids and digests: span and object ids, MD5, SHA-1, SHA-2. */
const HEX_TOKEN_LENGTHS: ReadonlySet<number> = new Set([16, 24, 32, 40, 48, 56, 64, 96, 128]);
const LONGEST_HEX_TOKEN = 128;
const UUID = /[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/gi;
const UUID_LENGTH = 36;
const NOTHING_BUT_UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

interface DigitGroup {
  readonly start: number;
  readonly end: number;
}

/**
 * Card numbers (PAN): 13 to 19 digits, single spaces or hyphens between groups, Luhn valid, and a first digit that
 * issuers use. Time stamps, UUIDs, digests and fractions are left alone: they'd pass the Luhn test one time in ten.
 */
export class CardNumberPattern implements ValuePattern {
  readonly name = 'pan';
  readonly triggers = [Trait.ManyDigits];

  constructor(private readonly rule: RedactionRule) {}

  find(text: string, spans: SecretSpan[]): void {
    if (text.length === UUID_LENGTH && NOTHING_BUT_UUID.test(text)) return;
    let index = 0;
    while (index < text.length) {
      if (!isDigit(text.charCodeAt(index))) {
        index++;
        continue;
      }
      const groups = digitGroups(text, index);
      this.findInGroups(text, groups, spans);
      index = groups[groups.length - 1].end;
    }
  }

  private findInGroups(text: string, groups: readonly DigitGroup[], spans: SecretSpan[]): void {
    for (let first = 0; first < groups.length; first++) {
      const last = longestCard(text, groups, first);
      if (last === -1) continue;
      const { start } = groups[first];
      const { end } = groups[last];
      if (isFraction(text, start) || isInsideHexToken(text, start, end) || isInsideUuid(text, start, end)) continue;
      spans.push({ start, end, rule: this.rule });
      first = last;
    }
  }
}

/** Groups of digits with exactly one space or hyphen between them. */
function digitGroups(text: string, from: number): DigitGroup[] {
  const groups: DigitGroup[] = [];
  let start = from;
  for (;;) {
    let end = start + 1;
    while (isDigit(text.charCodeAt(end))) end++;
    groups.push({ start, end });
    const separator = text.charCodeAt(end);
    if ((separator !== 0x20 && separator !== 0x2d) || !isDigit(text.charCodeAt(end + 1))) return groups;
    start = end + 1;
  }
}

/** Index of the last group of the longest card number that begins with group `first`, or −1. */
function longestCard(text: string, groups: readonly DigitGroup[], first: number): number {
  let digits = '';
  let found = -1;
  for (let last = first; last < groups.length; last++) {
    const { start, end } = groups[last];
    if (digits.length + end - start > MOST_DIGITS) break;
    digits += text.slice(start, end);
    if (digits.length >= LEAST_DIGITS && isCardNumber(digits)) found = last;
  }
  return found;
}

/** Whether 13 to 19 digits can be a card number: issuer prefix and Luhn check. */
export function isCardNumber(digits: string): boolean {
  const lead = digits.charCodeAt(0) - 0x30;
  if (lead < 3 || lead > 6) {
    const prefix = Number(digits.slice(0, 4));
    if (prefix < 2221 || prefix > 2720) return false;
  }
  let sum = 0;
  for (let index = digits.length - 1, double = false; index >= 0; index--, double = !double) {
    const digit = digits.charCodeAt(index) - 0x30;
    sum += double ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit;
  }
  return sum % 10 === 0;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isHex(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

function isLetterOrDigit(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

function isFraction(text: string, start: number): boolean {
  return text.charCodeAt(start - 1) === 0x2e && isDigit(text.charCodeAt(start - 2));
}

function isInsideHexToken(text: string, start: number, end: number): boolean {
  let from = start;
  while (from > 0 && start - from <= LONGEST_HEX_TOKEN && isHex(text.charCodeAt(from - 1))) from--;
  let to = end;
  while (to < text.length && to - end <= LONGEST_HEX_TOKEN && isHex(text.charCodeAt(to))) to++;
  if (from === start && to === end) return false;
  if (isLetterOrDigit(text.charCodeAt(from - 1)) || isLetterOrDigit(text.charCodeAt(to))) return false;
  return HEX_TOKEN_LENGTHS.has(to - from) && !/[ -]/.test(text.slice(start, end));
}

function isInsideUuid(text: string, start: number, end: number): boolean {
  const from = Math.max(0, start - UUID_LENGTH);
  for (const { index, 0: uuid } of text.slice(from, end + UUID_LENGTH).matchAll(UUID)) {
    if (from + index <= start && from + index + uuid.length >= end) return true;
  }
  return false;
}
