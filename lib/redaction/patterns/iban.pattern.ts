import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const START = /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?=[ ]?[A-Z0-9])/g;
const SHORTEST = 15;
const LONGEST = 34;

/** International bank account numbers: 15 to 34 characters, single spaces allowed, check digits right (ISO 7064). */
export class IbanPattern implements ValuePattern {
  readonly name = 'iban';
  readonly triggers = [Trait.Digit];

  constructor(private readonly rule: RedactionRule) {}

  find(text: string, spans: SecretSpan[]): void {
    START.lastIndex = 0;
    for (let match = START.exec(text); match !== null; match = START.exec(text)) {
      const end = ibanEnd(text, match.index);
      if (end === -1) continue;
      spans.push({ start: match.index, end, rule: this.rule });
      START.lastIndex = end;
    }
  }
}

/** Where the longest valid number that begins at `start` ends, or −1. */
function ibanEnd(text: string, start: number): number {
  let compact = '';
  let found = -1;
  for (let index = start; index < text.length && compact.length < LONGEST; index++) {
    const code = text.charCodeAt(index);
    if (code === 0x20 && text.charCodeAt(index - 1) !== 0x20) continue;
    if (!isUpperOrDigit(code)) break;
    compact += text[index];
    const next = text.charCodeAt(index + 1);
    if (compact.length >= SHORTEST && !isUpperOrDigit(next) && !isLower(next) && isIban(compact)) found = index + 1;
  }
  return found;
}

function isIban(compact: string): boolean {
  let remainder = 0;
  const rotated = compact.slice(4) + compact.slice(0, 4);
  for (let index = 0; index < rotated.length; index++) {
    const code = rotated.charCodeAt(index);
    remainder = code <= 0x39 ? (remainder * 10 + code - 0x30) % 97 : (remainder * 100 + code - 0x37) % 97;
  }
  return remainder === 1;
}

function isUpperOrDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a);
}

function isLower(code: number): boolean {
  return code >= 0x61 && code <= 0x7a;
}
