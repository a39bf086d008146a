import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const START = 'eyJ';
const LEAST_HEADER = 8;
const LEAST_PAYLOAD = 2;
/** An encrypted token has five parts, a signed one three. */
const MOST_PARTS = 5;
const DOT = 0x2e;

/** JSON Web Tokens: `eyJ…` and two more base64url parts, of which the signature may be empty. */
export class JsonWebTokenPattern implements ValuePattern {
  readonly name = 'jwt';
  readonly triggers = [Trait.UpperJ | Trait.Dot];

  constructor(private readonly rule: RedactionRule) {}

  find(text: string, spans: SecretSpan[]): void {
    let from = 0;
    for (;;) {
      const start = text.indexOf(START, from);
      if (start === -1) return;
      const headerEnd = endOfPart(text, start);
      const payloadEnd = text.charCodeAt(headerEnd) === DOT ? endOfPart(text, headerEnd + 1) : -1;
      if (
        headerEnd - start < LEAST_HEADER ||
        payloadEnd - headerEnd - 1 < LEAST_PAYLOAD ||
        text.charCodeAt(payloadEnd) !== DOT
      ) {
        // Whatever else begins with `eyJ` in this part would end where it ends, so it can't be a token either.
        from = headerEnd;
        continue;
      }
      let end = endOfPart(text, payloadEnd + 1);
      for (let part = 3; part < MOST_PARTS && text.charCodeAt(end) === DOT; part++) {
        const next = endOfPart(text, end + 1);
        if (next === end + 1) break;
        end = next;
      }
      spans.push({ start, end, rule: this.rule });
      from = end;
    }
  }
}

function endOfPart(text: string, from: number): number {
  let index = from;
  while (isBase64Url(text.charCodeAt(index))) index++;
  return index;
}

function isBase64Url(code: number): boolean {
  return (
    (code >= 0x61 && code <= 0x7a) ||
    (code >= 0x41 && code <= 0x5a) ||
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x5f
  );
}
