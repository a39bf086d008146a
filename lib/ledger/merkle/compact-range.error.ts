/** The state of a compact range is impossible: wrong size, wrong number of hashes, or a malformed hash. */
export class CompactRangeError extends Error {
  override readonly name = 'CompactRangeError';
  readonly code = 'AUDIT_COMPACT_RANGE';
}
