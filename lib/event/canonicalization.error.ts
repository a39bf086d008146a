/** Why a value has no canonical form; stable, so that callers can branch on it. */
export type CanonicalizationReason =
  | 'unsupported_type'
  | 'not_finite'
  | 'unsafe_integer'
  | 'lone_surrogate'
  | 'not_plain_object'
  | 'symbol_key'
  | 'too_deep';

/** Names come from requests, so the part of a path that gets into a message is bounded. */
const SHOWN_PATH = 200;

/**
 * A value cannot be written as canonical JSON without changing its meaning.
 *
 * Nothing is guessed: whatever another reader could understand differently is refused, because two readers that
 * disagree about bytes disagree about hashes.
 *
 * @publicApi
 */
export class CanonicalizationError extends Error {
  override readonly name = 'CanonicalizationError';
  readonly code = 'AUDIT_CANONICALIZATION';

  constructor(
    /** Machine-readable reason. */
    readonly reason: CanonicalizationReason,
    /** JSON pointer (RFC 6901) to the offending value; the empty string is the value itself. */
    readonly path: string,
    detail: string,
  ) {
    super(`Cannot canonicalize the value at ${path === '' ? 'the root' : `"${path.slice(0, SHOWN_PATH)}"`}: ${detail}`);
  }
}

/** Writes a list of names and positions as a JSON pointer (RFC 6901). */
export function jsonPointer(segments: readonly (string | number)[]): string {
  return segments.map((segment) => `/${String(segment).replace(/~/g, '~0').replace(/\//g, '~1')}`).join('');
}
