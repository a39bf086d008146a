import { InvalidRedactionOptionError } from './invalid-redaction-option.error.js';
import { IDENTIFYING_KEYS, LONG_KEYS, NEVER_SHOWN_KEYS, SHORT_KEYS } from './keys/default-keys.js';
import type { RedactionMode, RedactionOptions } from './redaction-options.interface.js';
import { makeRule } from './redaction-rule.js';
import type { RedactionRule } from './redaction-rule.js';

const MODES: readonly RedactionMode[] = ['mask', 'partial', 'hmac', 'remove'];
const BUILT_IN_KEYS: ReadonlySet<string> = new Set([...LONG_KEYS, ...SHORT_KEYS]);

/** Gives each rule its mode: its own, else the default one as far as it suits what the rule hides. */
export class RuleModes {
  private readonly fallback: RedactionMode;
  private readonly own: ReadonlyMap<string, RedactionMode>;
  private readonly used = new Set<string>();

  /** @throws InvalidRedactionOptionError for an unknown mode, or one that shows what must not be shown */
  constructor(private readonly options: Pick<RedactionOptions, 'mode' | 'modes' | 'hmac'>) {
    this.fallback = this.checked('redaction.mode', options.mode ?? 'mask');
    this.own = new Map(Object.entries(options.modes ?? {}));
    for (const [label, mode] of this.own) this.checked(`redaction.modes.${label}`, mode);
  }

  forKey(entry: string): RedactionRule {
    const label = `key:${entry}`;
    const neverShown = NEVER_SHOWN_KEYS.has(entry);
    const own = this.take(label);
    if (own !== undefined && neverShown && own !== 'mask' && own !== 'remove') {
      throw new InvalidRedactionOptionError(
        `redaction.modes.${label}`,
        `${own} keeps something of a value that must not be kept in any form. Use mask or remove.`,
      );
    }
    return makeRule(label, own ?? this.defaultFor(entry, neverShown), neverShown);
  }

  forPattern(name: string): RedactionRule {
    const label = `pattern:${name}`;
    const own = this.take(label);
    // A keyed digest beside a truncated card number would let one be worked out from the other.
    const byDefault = this.fallback === 'hmac' && name === 'pan' ? 'mask' : this.fallback;
    return makeRule(label, own ?? byDefault);
  }

  forPath(path: string, mode: RedactionMode | undefined): RedactionRule {
    return makeRule(`path:${path}`, mode === undefined ? this.fallback : this.checked(`redaction.paths.${path}`, mode));
  }

  /** @throws InvalidRedactionOptionError if `modes` names a rule that does not exist: its secret would be hidden otherwise than asked */
  refuseUnused(): void {
    const unused = [...this.own.keys()].find((label) => !this.used.has(label));
    if (unused === undefined) return;
    throw new InvalidRedactionOptionError(
      `redaction.modes.${unused}`,
      'no rule has this label. Write `key:` and an entry of the key lists (lower case, without separators), or ' +
        '`pattern:` and the name of a pattern that is switched on.',
    );
  }

  private defaultFor(entry: string, neverShown: boolean): RedactionMode {
    if (neverShown && this.fallback !== 'remove') return 'mask';
    if (this.fallback === 'partial' && BUILT_IN_KEYS.has(entry) && !IDENTIFYING_KEYS.has(entry)) return 'mask';
    return this.fallback;
  }

  private take(label: string): RedactionMode | undefined {
    this.used.add(label);
    return this.own.get(label);
  }

  private checked(option: string, mode: RedactionMode): RedactionMode {
    if (!MODES.includes(mode)) {
      throw new InvalidRedactionOptionError(option, `it is ${JSON.stringify(mode)}. Use one of ${MODES.join(', ')}.`);
    }
    if (mode === 'hmac' && this.options.hmac === undefined) {
      throw new InvalidRedactionOptionError(option, 'mode hmac needs a key. Give `redaction.hmac: { key, keyId }`.');
    }
    return mode;
  }
}
