import type { RedactionOptions } from '../redaction-options.interface.js';
import { ALLOWED_KEYS, LONG_KEYS, SHORT_KEYS } from './default-keys.js';
import { splitName, wordForms } from './name-words.js';

/** Letters, digits and separators of ASCII: no percent sign, nothing that has to be normalised. */
const PLAIN_NAME = /^[ !-$&-~]*$/;
const PLAIN_SEPARATORS = /[^a-z0-9]+/g;

/** Decides by its name whether a value is hidden. */
export class KeyMatcher {
  /** Longest first, so that the most telling entry names the rule. */
  private readonly longKeys: readonly string[];
  private readonly shortKeys: ReadonlySet<string>;
  private readonly allowed: ReadonlySet<string>;
  /** Any entry anywhere: what it doesn't find needs no closer look, which is most names. */
  private readonly anyEntry: RegExp;

  constructor(options: Pick<RedactionOptions, 'keys' | 'shortKeys' | 'allowKeys' | 'replaceDefaults'> = {}) {
    const merge = (defaults: readonly string[], own: readonly string[] = []) => [
      ...new Set([...(options.replaceDefaults ? [] : defaults), ...own].map((key) => splitName(key).squashed)),
    ];
    this.longKeys = merge(LONG_KEYS, options.keys)
      .filter((key) => key !== '')
      .sort((a, b) => b.length - a.length || (a < b ? -1 : 1));
    this.shortKeys = new Set(merge(SHORT_KEYS, options.shortKeys));
    this.allowed = new Set(merge(ALLOWED_KEYS, options.allowKeys));
    const entries = this.entries.filter((entry) => entry !== '');
    // Entries are letters and digits, so they stand for themselves in an expression.
    this.anyEntry = entries.length === 0 ? /(?!)/ : new RegExp(entries.join('|'));
  }

  /** The entries of both lists, squashed. */
  get entries(): readonly string[] {
    return [...this.longKeys, ...this.shortKeys];
  }

  /** The entry that hides values of this name; `undefined` if none does. */
  match(name: string): string | undefined {
    if (PLAIN_NAME.test(name) && !this.anyEntry.test(name.toLowerCase().replace(PLAIN_SEPARATORS, '')))
      return undefined;
    const { words, squashed } = splitName(name);
    if (squashed === '' || this.allowed.has(squashed)) return undefined;
    const long = this.longKeys.find((key) => squashed.includes(key));
    if (long !== undefined) return long;
    for (const word of words.length > 1 ? [...words, squashed] : words) {
      const short = wordForms(word).find((form) => this.shortKeys.has(form));
      if (short !== undefined) return short;
    }
    return undefined;
  }
}
