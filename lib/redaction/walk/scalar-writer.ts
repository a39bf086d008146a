import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import type { RedactionRule } from '../redaction-rule.js';
import { jsonBytes } from '../text/json-bytes.js';
import { traitsOf, Trait } from '../text/text-traits.js';
import { storableText } from '../text/well-formed.js';
import { Marker, MARKER_BYTES, WalkFlag } from './markers.js';
import { isCardSized, isPlainNumber, NUMBER_BYTES } from './plain-values.js';
import type { ValueWalk } from './value-walk.js';
import type { WalkRules } from './walk-rules.js';

const HMAC_BYTES = 160;
/** Longer integers take noticeable time to print in decimal. */
const HUGE_INTEGER = 1n << 4096n;

/** Writes everything that is not a container. */
export class ScalarWriter {
  constructor(
    private readonly walk: ValueWalk,
    private readonly rules: WalkRules,
  ) {}

  text(value: string): JsonValue | undefined {
    const { texts, limits } = this.rules;
    if (value.length > limits.string) return this.longText(value);
    const traits = traitsOf(value);
    if (!texts.concerns(traits)) {
      const bytes = (traits & Trait.Escaped) === 0 ? value.length + 3 : jsonBytes(value, traits) + 1;
      if (bytes > this.walk.budget.bytes) return this.noRoom(value);
      this.walk.budget.bytes -= bytes;
      return value;
    }
    return this.suspectText(value, traits);
  }

  number(value: number): JsonValue | undefined {
    const { budget } = this.walk;
    const { texts } = this.rules;
    budget.bytes -= NUMBER_BYTES;
    if (isCardSized(value) || texts.readsEverything) {
      const hidden = this.hiddenNumber(String(value));
      if (hidden !== undefined) return hidden.marker;
    }
    if (isPlainNumber(value)) return value;
    budget.bytes -= MARKER_BYTES;
    return { $number: Object.is(value, -0) ? '-0' : String(value) };
  }

  /** Integers of any size, symbols and functions. */
  other(value: unknown): JsonValue | undefined {
    this.walk.budget.bytes -= MARKER_BYTES;
    if (typeof value === 'bigint') return this.bigint(value);
    if (typeof value === 'symbol') return this.tagged('$symbol', value.description ?? '');
    return this.tagged('$function', functionName(value as object));
  }

  /** A hidden value of which a rule keeps something. */
  conceal(rule: RedactionRule, value: unknown): JsonValue | undefined {
    this.walk.budget.bytes -= HMAC_BYTES;
    try {
      return this.rules.concealer.whole(rule, scalarText(value));
    } catch {
      return this.dropped();
    }
  }

  private bigint(value: bigint): JsonValue | undefined {
    if (value >= HUGE_INTEGER || value <= -HUGE_INTEGER) {
      this.walk.flags |= WalkFlag.Truncated;
      return Marker.hugeInteger;
    }
    const text = String(value);
    this.walk.budget.bytes -= text.length;
    const hidden = this.hiddenNumber(text);
    return hidden === undefined ? { $bigint: text } : hidden.marker;
  }

  private tagged(tag: string, text: string): JsonValue | undefined {
    const clean = this.text(text);
    return clean === undefined ? undefined : { [tag]: clean };
  }

  /** A number is hidden in full if any part of its digits is a secret. */
  private hiddenNumber(text: string): { marker: JsonValue | undefined } | undefined {
    const spans = this.rules.texts.find(text, traitsOf(text));
    return spans === undefined ? undefined : { marker: this.walk.hide(spans[0].rule, text) };
  }

  /** Redaction that throws drops the value: nobody knows what would have been found in it. */
  private suspectText(value: string, traits: number): JsonValue | undefined {
    try {
      return this.redacted(value, traits);
    } catch {
      return this.dropped();
    }
  }

  private longText(value: string): JsonValue {
    try {
      return this.cut(value);
    } catch {
      return this.dropped();
    }
  }

  private redacted(value: string, traits: number): JsonValue | undefined {
    const { texts } = this.rules;
    const text = (traits & Trait.Repair) === 0 ? value : storableText(value);
    if (text !== value) this.walk.flags |= WalkFlag.Sanitized;
    const spans = texts.find(text, traits);
    if (spans === undefined) return this.charged(text, traits, value);
    const [{ start, end, rule }] = spans;
    if (start === 0 && end === text.length) return this.walk.hide(rule, text);
    this.walk.hits += spans.length;
    const shown = texts.render(text, spans, 0, text.length);
    return this.charged(shown, traits | Trait.Escaped, value);
  }

  private cut(value: string): JsonValue {
    const { texts, limits, concealer } = this.rules;
    const headLength = Math.floor((limits.string * 3) / 4);
    const { head, tail, hits, repaired } = texts.cut(value, headLength, limits.string - headLength);
    const bytes = Buffer.byteLength(value);
    this.walk.hits += hits;
    this.walk.flags |= WalkFlag.Truncated | (repaired ? WalkFlag.Sanitized : 0);
    const cost = jsonBytes(head, Trait.Escaped) + jsonBytes(tail, Trait.Escaped) + HMAC_BYTES + MARKER_BYTES;
    if (cost > this.walk.budget.bytes) return this.noRoom(value);
    this.walk.budget.bytes -= cost;
    const digest = bytes <= limits.digest ? concealer.digest(value) : undefined;
    return { $truncated: 'string', bytes, head, tail, ...digest };
  }

  private charged(text: string, traits: number, original: string): JsonValue {
    const bytes = jsonBytes(text, traits) + 1;
    if (bytes > this.walk.budget.bytes) return this.noRoom(original);
    this.walk.budget.bytes -= bytes;
    return text;
  }

  private noRoom(value: string): JsonValue {
    this.walk.flags |= WalkFlag.Truncated;
    this.walk.budget.bytes -= MARKER_BYTES;
    return { $truncated: 'string', bytes: Buffer.byteLength(value) };
  }

  private dropped(): JsonValue {
    this.walk.flags |= WalkFlag.Degraded;
    this.walk.budget.bytes -= MARKER_BYTES;
    return Marker.redaction;
  }
}

/** The name only: the source of a function is nobody's business. A class can have a static member of that name. */
function functionName(value: object): string {
  try {
    const name: unknown = Object.getOwnPropertyDescriptor(value, 'name')?.value;
    return typeof name === 'string' ? name : '';
  } catch {
    return '';
  }
}

/** The text of which a digest or the end may be kept; containers have none. */
function scalarText(value: unknown): string | undefined {
  return typeof value === 'string' ||
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean'
    ? String(value)
    : undefined;
}
