import { percentDecode } from '../text/percent-decode.js';
import { Trait, traitsOf } from '../text/text-traits.js';
import type { SecretSpan, ValuePattern } from './value-pattern.interface.js';

/** A piece of a URL, a form or a sentence. */
const PIECE = /[^\s/&?#=,;"'<>]+/g;
const ENCODED = /[%+]/;

/**
 * Secrets that only show once a piece of a text is decoded, as in `/cards/4111%201111%201111%201111`. The whole piece
 * is hidden, because its characters are not those of the secret.
 */
export class EncodedPattern implements ValuePattern {
  readonly name = 'encoded';
  readonly triggers = [Trait.Encoded];

  /** @param patterns what to look for in the decoded text */
  constructor(private readonly patterns: readonly ValuePattern[]) {}

  find(text: string, spans: SecretSpan[]): void {
    for (const { 0: piece, index } of text.matchAll(PIECE)) {
      if (!ENCODED.test(piece)) continue;
      // A plus can be a plus: what is a secret with it has been found already.
      if (!piece.includes('%') && this.firstIn(piece) !== undefined) continue;
      const plain = percentDecode(piece.replaceAll('+', ' '));
      if (plain === piece) continue;
      const found = this.firstIn(plain);
      if (found !== undefined) spans.push({ start: index, end: index + piece.length, rule: found.rule });
    }
  }

  private firstIn(plain: string): SecretSpan | undefined {
    const traits = traitsOf(plain);
    const found: SecretSpan[] = [];
    for (const pattern of this.patterns) {
      if (pattern.triggers.some((trigger) => (traits & trigger) === trigger)) pattern.find(plain, found);
      if (found.length > 0) return found[0];
    }
    return undefined;
  }
}
