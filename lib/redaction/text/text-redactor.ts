import type { Concealer } from '../concealer.js';
import type { SecretSpan, ValuePattern } from '../patterns/value-pattern.interface.js';
import { mergeSpans } from './span-list.js';
import { traitsOf, Trait } from './text-traits.js';
import { headOf, storableText, tailOf } from './well-formed.js';

/** Around the kept parts of a long text this much more is searched, so that a secret on the cut is still recognised. */
const MARGIN = 8192;

/** A text without the secrets that were found in it. */
export interface RedactedText {
  readonly text: string;
  /** Secrets hidden. */
  readonly hits: number;
  /** NUL or lone surrogates were replaced. */
  readonly repaired: boolean;
}

/** Both ends of a text that was too long, without the secrets that were found in them. */
export interface CutText {
  readonly head: string;
  readonly tail: string;
  readonly hits: number;
  readonly repaired: boolean;
}

/** Finds and hides secrets in texts. */
export class TextRedactor {
  /** Some pattern looks at every text, whatever its traits. */
  readonly readsEverything: boolean;
  /** Traits each of which is reason enough to look, and sets of traits that are so together. */
  private readonly singleTraits: number;
  private readonly traitSets: Int32Array;
  /**
   * The triggers of all patterns in a row, and which pattern each belongs to. Asked pattern by pattern, whose classes
   * differ, they cost 18,000 instructions a request; in a row, a fifth of it.
   */
  private readonly patternTriggers: Int32Array;
  private readonly patternOfTrigger: Int32Array;

  constructor(
    private readonly patterns: readonly ValuePattern[],
    private readonly concealer: Concealer,
  ) {
    const triggers = [Trait.Repair, ...new Set(patterns.flatMap((pattern) => pattern.triggers))];
    this.readsEverything = triggers.includes(0);
    const isSingle = (trigger: number) => (trigger & (trigger - 1)) === 0;
    this.singleTraits = triggers.filter(isSingle).reduce((all, trigger) => all | trigger, 0);
    this.traitSets = Int32Array.from(triggers.filter((trigger) => !isSingle(trigger)));
    this.patternTriggers = Int32Array.from(patterns.flatMap((pattern) => [...pattern.triggers]));
    this.patternOfTrigger = Int32Array.from(patterns.flatMap((pattern, index) => pattern.triggers.map(() => index)));
  }

  /** Whether a text with these traits may hold something to hide or to repair. */
  concerns(traits: number): boolean {
    return this.readsEverything || (traits & this.singleTraits) !== 0 || hasTrigger(this.traitSets, traits);
  }

  /** Spans in order that don't overlap; `undefined` if there are none. */
  find(text: string, traits: number): readonly SecretSpan[] | undefined {
    const { patternTriggers, patternOfTrigger } = this;
    let spans: SecretSpan[] | undefined;
    let asked = -1;
    for (let index = 0; index < patternTriggers.length; index++) {
      const trigger = patternTriggers[index];
      if ((traits & trigger) !== trigger || patternOfTrigger[index] === asked) continue;
      asked = patternOfTrigger[index];
      this.patterns[asked].find(text, (spans ??= []));
    }
    return spans === undefined || spans.length === 0 ? undefined : mergeSpans(spans);
  }

  /** @param traits of the text, if they are known already */
  redact(raw: string, traits: number = traitsOf(raw)): RedactedText {
    const text = (traits & Trait.Repair) === 0 ? raw : storableText(raw);
    const spans = this.find(text, traits);
    return {
      text: spans === undefined ? text : this.render(text, spans, 0, text.length),
      hits: spans?.length ?? 0,
      repaired: text !== raw,
    };
  }

  /** Searches only as much of a long text as is kept, and a margin. */
  cut(raw: string, headLength: number, tailLength: number): CutText {
    const head = this.window(headOf(raw, headLength + MARGIN), 0, headLength);
    const end = tailOf(raw, raw.length - tailLength - MARGIN);
    const tail = this.window(end, Math.max(0, end.length - tailLength), end.length);
    return {
      head: head.text,
      tail: tail.text,
      hits: head.hits + tail.hits,
      repaired: head.repaired || tail.repaired,
    };
  }

  /** The text from `from` to `to` with markers for its secrets; one that is only partly inside is hidden in full. */
  render(text: string, spans: readonly SecretSpan[], from: number, to: number): string {
    let out = '';
    let position = from;
    for (const { start, end, rule } of spans) {
      if (end <= from || start >= to) continue;
      if (start > position) out += text.slice(position, start);
      out += this.concealer.inline(rule, text.slice(start, end));
      position = Math.max(position, end);
    }
    return position < to ? out + text.slice(position, to) : out;
  }

  private window(raw: string, from: number, to: number): RedactedText {
    const traits = traitsOf(raw);
    const text = (traits & Trait.Repair) === 0 ? raw : storableText(raw);
    const start = from === 0 ? 0 : text.length - tailOf(text, from).length;
    const end = headOf(text, to).length;
    const spans = (this.find(text, traits) ?? []).filter((span) => span.end > start && span.start < end);
    return { text: this.render(text, spans, start, end), hits: spans.length, repaired: text !== raw };
  }
}

function hasTrigger(triggers: ArrayLike<number>, traits: number): boolean {
  for (let index = 0; index < triggers.length; index++) {
    if ((traits & triggers[index]) === triggers[index]) return true;
  }
  return false;
}
