import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const END = ' is not valid JSON';
const LEAD = 'Unexpected token ';

/**
 * The piece of a malformed body that the JSON parser of V8 quotes in its message: `Unexpected token 'h', ..."word":
 * hunter2}" is not valid JSON`. Its key may be cut off, so no key rule would see what it is.
 */
export class JsonSnippetPattern implements ValuePattern {
  readonly name = 'json-snippet';
  readonly triggers = [Trait.Escaped | Trait.UpperJ];

  constructor(private readonly rule: RedactionRule) {}

  find(text: string, spans: SecretSpan[]): void {
    for (let from = 0, end = text.indexOf(END); end !== -1; from = end + END.length, end = text.indexOf(END, from)) {
      const message = text.slice(from, end);
      const lead = message.lastIndexOf(LEAD);
      const start = lead === -1 ? message.indexOf('"') : lead + LEAD.length;
      if (start !== -1 && start < message.length) spans.push({ start: from + start, end, rule: this.rule });
    }
  }
}
