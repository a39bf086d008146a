import type { RedactionRule } from '../redaction-rule.js';
import { Trait } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

const LONGEST_LOCAL_PART = 64;
const LONGEST_DOMAIN = 253;
const LOCAL_CHARACTER = /[\p{L}\p{N}.!#$%&'*+/=?^_`{|}~-]/u;
const DOMAIN =
  /[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62}[\p{L}\p{N}])?(?:\.[\p{L}\p{N}](?:[\p{L}\p{N}-]{0,62}[\p{L}\p{N}])?){1,8}/uy;

/** E-mail addresses, looked for from their `@`, because looking for what stands before it first is quadratic. */
export class EmailPattern implements ValuePattern {
  readonly name = 'email';
  readonly triggers = [Trait.At | Trait.Dot];

  constructor(private readonly rule: RedactionRule) {}

  find(text: string, spans: SecretSpan[]): void {
    let free = 0;
    for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
      let start = at;
      while (start > free && at - start < LONGEST_LOCAL_PART && LOCAL_CHARACTER.test(text[start - 1])) start--;
      if (start === at) continue;
      const domain = text.slice(at + 1, at + 1 + LONGEST_DOMAIN);
      DOMAIN.lastIndex = 0;
      const match = DOMAIN.exec(domain);
      if (match === null) continue;
      free = at + 1 + match[0].length;
      spans.push({ start, end: free, rule: this.rule });
    }
  }
}
