/** A JSON value as it leaves the sanitiser: plain, finite, well-formed, shallow enough to canonicalise. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type SanitizerFlag = 'sanitized' | 'truncated' | 'degraded';

export interface SanitizedValue {
  readonly value: JsonValue;
  /** How many values were redacted. */
  readonly hits: number;
  readonly flags: readonly SanitizerFlag[];
}

/** A value that was redacted and written as canonical JSON. */
export interface SanitizedJson {
  /** JCS text, well-formed Unicode. */
  readonly json: string;
  /** How many values were redacted. */
  readonly hits: number;
  readonly flags: readonly SanitizerFlag[];
}

/**
 * What the event builder needs of a redactor. Every value of an application passes through it at the
 * moment of capture, before any queue, hash, log line or sink.
 */
export interface ValueSanitizer {
  /**
   * Redacts, sanitises and caps any value into plain JSON that is safe to canonicalise (well-formed
   * strings without NUL, finite safe numbers, bounded depth and size). Never throws, never mutates.
   * @param root path prefix of the value, e.g. `request.body`, `metadata`, `changes`
   */
  sanitize(value: unknown, root: string): SanitizedValue;

  /** What {@link sanitize} makes of a value, as canonical JSON. Most values are walked once for it, not twice. */
  sanitizeToJson(value: unknown, root: string): SanitizedJson;

  /**
   * What {@link sanitizeToJson} makes of a member of an object at `root`, so that the rules for its name apply to it.
   * @returns `null` as JSON for a member that is left out
   */
  memberToJson(name: string, value: unknown, root: string): SanitizedJson;

  /** Free text (error messages, user agents, paths): value patterns, well-formedness, length cap. */
  text(value: unknown, maxLength: number): string;

  /**
   * Identifiers and header values: control, bidi and zero-width characters become visible escapes.
   * @param maxLength characters kept at most; a longer value keeps its head and a digest (default 256)
   */
  identifier(value: unknown, maxLength?: number): string;
}
