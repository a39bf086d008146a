/**
 * What the signer remembers cannot be read or kept, so nothing is signed.
 *
 * @publicApi
 */
export class SignerStateError extends Error {
  override readonly name = 'SignerStateError';
  readonly code = 'AUDIT_SIGNER_STATE';
}
