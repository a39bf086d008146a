import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const BEGIN = '-----BEGIN ';
const END = '-----END ';
const RULE = '-----';
const KIND = 'PRIVATE KEY';
const LONGEST_LABEL = 64;

/**
 * Private keys in PEM form: from BEGIN to END, or to the end of the text if that is missing; from the start of the text
 * if only the END is there, because then somebody cut the text.
 */
export class PrivateKeyPattern implements ValuePattern {
  readonly name = 'private-key';
  readonly triggers = [Trait.Dash | Trait.UpperI | Trait.UpperA];

  constructor(private readonly rule: RedactionRule) {}

  find(text: string, spans: SecretSpan[]): void {
    if (!text.includes(KIND)) return;
    let begin = nextBoundary(text, BEGIN, 0);
    let end = nextBoundary(text, END, 0);
    for (let from = 0; begin !== undefined || end !== undefined;) {
      const isTail = end !== undefined && (begin === undefined || end.start < begin.start);
      const stop = end?.end ?? text.length;
      spans.push({ start: isTail || begin === undefined ? from : begin.start, end: stop, rule: this.rule });
      from = stop;
      // Each boundary is searched for once, so the work is that of two passes however many keys there are.
      if (begin !== undefined && begin.start < from) begin = nextBoundary(text, BEGIN, from);
      if (end !== undefined) end = nextBoundary(text, END, from);
    }
  }
}

/** The next `-----BEGIN … PRIVATE KEY … -----` (or END) at or after `from`. */
function nextBoundary(text: string, word: string, from: number): { start: number; end: number } | undefined {
  for (let start = text.indexOf(word, from); start !== -1; start = text.indexOf(word, start + word.length)) {
    const label = text.slice(start + word.length, start + word.length + LONGEST_LABEL);
    const close = label.indexOf(RULE);
    const kind = close === -1 ? label : label.slice(0, close);
    if (!kind.includes(KIND)) continue;
    return { start, end: close === -1 ? start + word.length : start + word.length + close + RULE.length };
  }
  return undefined;
}
