import type { RedactionRule } from '../redaction-rule.js';
import type { RuleModes } from '../rule-modes.js';
import type { KeyMatcher } from './key-matcher.js';

const CACHED_NAMES = 4096;
const CACHED_NAME_LENGTH = 64;

/** The rule that hides values of a name. Decided once per name: an application uses the same few names all day. */
export class KeyRules {
  private readonly rules: ReadonlyMap<string, RedactionRule>;
  /** Bounded: emptied when full, so that hostile names can't fill it for good. */
  private readonly decided = new Map<string, RedactionRule | undefined>();

  constructor(
    private readonly matcher: KeyMatcher,
    modes: RuleModes,
  ) {
    this.rules = new Map(matcher.entries.map((entry) => [entry, modes.forKey(entry)]));
  }

  ruleOf(name: string): RedactionRule | undefined {
    const known = this.decided.get(name);
    if (known !== undefined || this.decided.has(name)) return known;
    const entry = this.matcher.match(name);
    const rule = entry === undefined ? undefined : this.rules.get(entry);
    if (name.length <= CACHED_NAME_LENGTH) {
      if (this.decided.size >= CACHED_NAMES) this.decided.clear();
      this.decided.set(name, rule);
    }
    return rule;
  }
}
