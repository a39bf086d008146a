import type { JsonValue } from '../../event/value-sanitizer.interface.js';

/** What stands in the place of values that JSON can't hold or that were too much. User keys never begin with one `$`. */
export const Marker = {
  /** A read threw. */
  unreadable: Object.freeze({ $error: 'unreadable' }) as JsonValue,
  /** Redaction itself threw; the value is dropped, because nobody knows what is in it. */
  redaction: Object.freeze({ $error: 'redaction' }) as JsonValue,
  tooDeep: Object.freeze({ $truncated: 'depth' }) as JsonValue,
  hugeInteger: Object.freeze({ $truncated: 'bigint' }) as JsonValue,
  invalidDate: Object.freeze({ $date: 'invalid' }) as JsonValue,
} as const;

/** Upper bound of the bytes of a marker without the texts in it. */
export const MARKER_BYTES = 48;

/** Bits of what happened on a walk. */
export const WalkFlag = { Sanitized: 1, Truncated: 2, Degraded: 4 } as const;
