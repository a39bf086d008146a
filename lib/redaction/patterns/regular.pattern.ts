import type { RedactionRule } from '../redaction-rule.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

/** A pattern that a regular expression of linear time can say. */
export class RegularPattern implements ValuePattern {
  private readonly expression: RegExp;

  /** @param accepts decides about each match; its first group, or the whole match without one, is what it is given */
  constructor(
    readonly name: string,
    readonly triggers: readonly number[],
    expression: RegExp,
    private readonly rule: RedactionRule,
    private readonly accepts?: (match: string) => boolean,
  ) {
    const flags = new Set(expression.flags.replace('y', '') + 'g');
    // A copy: the position of a global expression is state, and the caller's is not ours.
    this.expression = new RegExp(expression.source, [...flags].join(''));
  }

  find(text: string, spans: SecretSpan[]): void {
    const { expression } = this;
    expression.lastIndex = 0;
    for (let match = expression.exec(text); match !== null; match = expression.exec(text)) {
      if (match[0] === '') {
        expression.lastIndex++;
        continue;
      }
      if (this.accepts !== undefined && !this.accepts(match[1] ?? match[0])) continue;
      spans.push({ start: match.index, end: match.index + match[0].length, rule: this.rule });
    }
  }
}
