/**
 * A key for checkpoints cannot be used.
 *
 * @publicApi
 */
export class SigningKeyError extends Error {
  override readonly name = 'SigningKeyError';
  readonly code = 'AUDIT_SIGNING_KEY';
}
