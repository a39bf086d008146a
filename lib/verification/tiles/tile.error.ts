/** Why tiles could not be read, written or trusted. */
export type TileErrorReason =
  | 'malformed_path'
  | 'not_found'
  | 'malformed_tile'
  | 'malformed_bundle'
  | 'entry_too_large'
  | 'conflict'
  | 'checkpoint_mismatch';

/**
 * A tile or entry bundle is missing, malformed, or contradicts what is already there.
 *
 * @publicApi
 */
export class TileError extends Error {
  override readonly name = 'TileError';
  readonly code = 'AUDIT_TILE';

  constructor(
    /** Machine-readable reason. */
    readonly reason: TileErrorReason,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
