import { InvalidRedactionOptionError } from '../invalid-redaction-option.error.js';
import type { RedactionRule } from '../redaction-rule.js';
import { waysToMatch } from './pattern-cost.js';
import { RegularPattern } from './regular.pattern.js';

/** A pattern of the application. @publicApi */
export interface CustomPattern {
  /** Stands in the marker: lower-case letters, digits and hyphens, e.g. `staff-badge`. */
  readonly name: string;
  /**
   * What to hide. Written with bounded repetition (`\d{6,10}`, not `\d+`): requests choose the text it runs on, so an
   * expression that could backtrack without bound is refused.
   */
  readonly pattern: RegExp;
}

const NAME = /^[a-z][a-z0-9-]{0,63}$/;
/** More ways than this to match at one place, and a hostile text of some kilobytes takes noticeable time. */
const MOST_WAYS = 10_000;

/** @throws InvalidRedactionOptionError for a name that can't stand in a marker or an expression that is too costly */
export function customPattern(
  { name, pattern }: CustomPattern,
  ruleOf: (name: string) => RedactionRule,
): RegularPattern {
  const option = `redaction.patterns.custom.${name}`;
  if (!NAME.test(name)) {
    throw new InvalidRedactionOptionError(
      option,
      'its name stands in every marker. Use lower-case letters, digits, hyphens.',
    );
  }
  if (!(pattern instanceof RegExp) && Object.prototype.toString.call(pattern) !== '[object RegExp]') {
    throw new InvalidRedactionOptionError(
      option,
      'its pattern is no regular expression. Give a RegExp such as /\\bB-\\d{6}\\b/.',
    );
  }
  const ways = waysToMatch(pattern);
  if (!(ways <= MOST_WAYS)) {
    throw new InvalidRedactionOptionError(
      option,
      `${pattern} can match one place in ${ways === Infinity ? 'any number of' : Math.round(ways)} ways, so that a hostile ` +
        'text could keep the process busy. Bound each repetition ({1,20} for + and *), do not repeat a group whose ' +
        'inside repeats, and use no back-references.',
    );
  }
  return new RegularPattern(name, [0], pattern, ruleOf(name));
}
