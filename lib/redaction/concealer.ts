import type { JsonValue } from '../event/value-sanitizer.interface.js';
import type { Pseudonymizer } from './pseudonymizer.js';
import type { RedactionRule } from './redaction-rule.js';

const SHOWN_CHARACTERS = 4;
/** A shorter value would be half given away by its last four characters. */
const LEAST_PARTIAL_LENGTH = 8;
/** Enough of an HMAC to tell values apart inside a sentence. */
const INLINE_DIGEST_LENGTH = 32;

/** Makes the markers that stand for hidden values. */
export class Concealer {
  constructor(private readonly pseudonymizer: Pseudonymizer | undefined) {}

  /**
   * What takes the place of a whole value; `undefined` means that the member is to be left out.
   * @param text the value as text, or `undefined` if it has no text form (then nothing of it can be kept)
   */
  whole(rule: RedactionRule, text: string | undefined): JsonValue | undefined {
    if (rule.mode === 'remove') return undefined;
    if (text === undefined || rule.mode === 'mask') return rule.marker;
    if (rule.mode === 'hmac' && this.pseudonymizer !== undefined) {
      return { $redacted: rule.label, hmac: this.pseudonymizer.digest(text), kid: this.pseudonymizer.keyId };
    }
    const last = lastCharacters(text);
    return last === undefined ? rule.marker : { $redacted: rule.label, last };
  }

  /** What takes the place of a part of a text. */
  inline(rule: RedactionRule, text: string): string {
    switch (rule.mode) {
      case 'remove':
        return '';
      case 'hmac':
        if (this.pseudonymizer === undefined) break;
        return `[REDACTED:${rule.inlineLabel}:hmac:${this.pseudonymizer.keyId}:${this.pseudonymizer
          .digest(text)
          .slice(0, INLINE_DIGEST_LENGTH)}]`;
      case 'partial': {
        const last = lastCharacters(text);
        if (last !== undefined) return `[REDACTED:${rule.inlineLabel}:${last}]`;
      }
    }
    return `[REDACTED:${rule.inlineLabel}]`;
  }

  /** A keyed digest of something that is not stored, or nothing if there is no key. */
  digest(value: string | Uint8Array): { readonly hmac: string; readonly kid: string } | undefined {
    if (this.pseudonymizer === undefined) return undefined;
    return { hmac: this.pseudonymizer.digest(value), kid: this.pseudonymizer.keyId };
  }
}

/** Letters and digits only, so that the end of a value can't break out of its marker. */
function lastCharacters(text: string): string | undefined {
  const plain = text.slice(-64).replace(/[^\p{L}\p{N}]/gu, '');
  return plain.length < LEAST_PARTIAL_LENGTH ? undefined : plain.slice(-SHOWN_CHARACTERS);
}
