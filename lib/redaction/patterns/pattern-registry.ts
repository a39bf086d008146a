import { InvalidRedactionOptionError } from '../invalid-redaction-option.error.js';
import type { PatternOptions } from '../redaction-options.interface.js';
import type { RedactionRule } from '../redaction-rule.js';
import { AssignmentPattern } from './assignment.pattern.js';
import { CardNumberPattern } from './card-number.pattern.js';
import { basicPattern, bearerPattern, usSsnPattern, vendorTokenPattern } from './credential-patterns.js';
import { customPattern } from './custom-pattern.js';
import { EncodedPattern } from './encoded.pattern.js';
import { ElementPattern } from './element.pattern.js';
import { EmailPattern } from './email.pattern.js';
import { IbanPattern } from './iban.pattern.js';
import { JsonSnippetPattern } from './json-snippet.pattern.js';
import { JsonWebTokenPattern } from './json-web-token.pattern.js';
import { PrivateKeyPattern } from './private-key.pattern.js';
import { UrlUserinfoPattern } from './url-userinfo.pattern.js';
import type { ValuePattern } from './value-pattern.interface.js';

/** The rules that patterns hide by. */
export interface PatternRules {
  /** The rule of a pattern, with its mode. */
  forPattern(name: string): RedactionRule;
  /** The key rule that hides values of a name. */
  forName(name: string): RedactionRule | undefined;
}

type PatternFactory = (rules: PatternRules, name: string) => ValuePattern;

const ALWAYS: Readonly<Record<string, PatternFactory>> = {
  pan: (rules, name) => new CardNumberPattern(rules.forPattern(name)),
  jwt: (rules, name) => new JsonWebTokenPattern(rules.forPattern(name)),
  'private-key': (rules, name) => new PrivateKeyPattern(rules.forPattern(name)),
  'vendor-token': (rules, name) => vendorTokenPattern(rules.forPattern(name)),
  userinfo: (rules, name) => new UrlUserinfoPattern(rules.forPattern(name)),
  bearer: (rules, name) => bearerPattern(rules.forPattern(name)),
  basic: (rules, name) => basicPattern(rules.forPattern(name)),
  assignment: (rules) => new AssignmentPattern((name) => rules.forName(name)),
  element: (rules) => new ElementPattern((name) => rules.forName(name)),
  'json-snippet': (rules, name) => new JsonSnippetPattern(rules.forPattern(name)),
};

const OPTIONAL: Readonly<Record<string, PatternFactory>> = {
  email: (rules, name) => new EmailPattern(rules.forPattern(name)),
  iban: (rules, name) => new IbanPattern(rules.forPattern(name)),
  'us-ssn': (rules, name) => usSsnPattern(rules.forPattern(name)),
};

/**
 * The patterns that are on under these options.
 * @throws InvalidRedactionOptionError for a name that is not known or given twice, and for a pattern that is too costly
 */
export function selectPatterns(options: PatternOptions, rules: PatternRules): ValuePattern[] {
  const { enable = [], disable = [], custom = [] } = options;
  refuseUnknown('enable', enable, { ...OPTIONAL, ...ALWAYS });
  refuseUnknown('disable', disable, { ...ALWAYS, ...OPTIONAL });
  const names = [...Object.keys(ALWAYS), ...enable.filter((name) => !(name in ALWAYS))];
  const selected = [...new Set(names)]
    .filter((name) => !disable.includes(name))
    .map((name) => (ALWAYS[name] ?? OPTIONAL[name])(rules, name));
  for (const one of custom) {
    if (one.name in ALWAYS || one.name in OPTIONAL || selected.some(({ name }) => name === one.name)) {
      throw new InvalidRedactionOptionError(
        `redaction.patterns.custom.${one.name}`,
        'a pattern of this name exists already, and two would share one marker. Choose another name.',
      );
    }
    selected.push(customPattern(one, (name) => rules.forPattern(name)));
  }
  return [...selected, new EncodedPattern([...selected])];
}

function refuseUnknown(list: string, names: readonly string[], known: Readonly<Record<string, unknown>>): void {
  const unknown = names.find((name) => !Object.hasOwn(known, name));
  if (unknown === undefined) return;
  throw new InvalidRedactionOptionError(
    `redaction.patterns.${list}`,
    `there is no pattern ${JSON.stringify(unknown)}. Known are: ${Object.keys(known).join(', ')}.`,
  );
}
