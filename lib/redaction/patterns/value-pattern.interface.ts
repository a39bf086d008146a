import type { RedactionRule } from '../redaction-rule.js';

/** A part of a text that is hidden: `text.slice(start, end)`. */
export interface SecretSpan {
  readonly start: number;
  readonly end: number;
  readonly rule: RedactionRule;
}

/** Finds secrets by their shape. Linear in the length of the text, whatever the text is. */
export interface ValuePattern {
  readonly name: string;
  /**
   * Sets of traits (see `Trait`), one of which a text must have in full for the pattern to be asked. Zero: always.
   */
  readonly triggers: readonly number[];
  /** Appends what it finds. Spans of one pattern don't overlap each other. */
  find(text: string, spans: SecretSpan[]): void;
}
