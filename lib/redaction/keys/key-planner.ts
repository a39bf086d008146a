import { quoteString } from '../../event/canonical.js';
import type { RedactionRule } from '../redaction-rule.js';
import { jsonBytes } from '../text/json-bytes.js';
import { shortened } from '../text/shortener.js';
import type { TextRedactor } from '../text/text-redactor.js';
import { traitsOf } from '../text/text-traits.js';
import type { KeyRules } from './key-rules.js';

const CACHED_KEYS = 4096;
const CACHED_KEY_LENGTH = 64;

/** What becomes of an object member, as far as its key decides. */
export interface KeyPlan {
  /** The key as it is written. */
  readonly name: string;
  /** The written key in quotes with its colon, behind the brace that opens the object. */
  readonly firstName: string;
  /** The same, behind the comma that ends the member before. */
  readonly nextName: string;
  /** UTF-8 bytes of the written key with colon and comma. */
  readonly bytes: number;
  /** The rule that hides the value. */
  readonly rule: RedactionRule | undefined;
  /** The written key differs from the given one, so that two keys may have become one. */
  readonly altered: boolean;
  /** Plain assignment would reach a property of `Object.prototype`. */
  readonly inherited: boolean;
  readonly repaired: boolean;
  readonly truncated: boolean;
  /** Secrets hidden in the key itself. */
  readonly hits: number;
}

/** Decides about keys once, and remembers it: most of the work of a walk is keys that were seen before. */
export class KeyPlanner {
  /** Bounded: emptied when full, so that hostile keys can't fill it for good. */
  private readonly plans = new Map<string, KeyPlan>();

  constructor(
    private readonly rules: KeyRules,
    private readonly texts: TextRedactor,
    private readonly longestKey: number,
  ) {}

  plan(key: string): KeyPlan {
    const known = this.plans.get(key);
    if (known !== undefined) return known;
    const made = this.make(key);
    if (key.length <= CACHED_KEY_LENGTH) {
      if (this.plans.size >= CACHED_KEYS) this.plans.clear();
      this.plans.set(key, made);
    }
    return made;
  }

  private make(key: string): KeyPlan {
    const { text, hits, repaired } = shortened(key, this.longestKey, this.texts);
    // Markers begin with `$`; a key of a client that does too gets one more, so that nobody can forge a marker.
    const name = key.startsWith('$') ? `$${text}` : text;
    const quoted = quoteString(name);
    return {
      name,
      firstName: `{${quoted}:`,
      nextName: `,${quoted}:`,
      bytes: jsonBytes(name, traitsOf(name)) + 2,
      rule: this.rules.ruleOf(key),
      altered: name !== key,
      inherited: name in Object.prototype,
      repaired,
      truncated: key.length > this.longestKey,
      hits,
    };
  }
}
