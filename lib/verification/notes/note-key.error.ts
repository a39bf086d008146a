/** Why a verifier key or private key was refused. */
export type NoteKeyErrorReason =
  | 'malformed_key'
  | 'malformed_name'
  | 'malformed_key_id'
  | 'key_id_mismatch'
  | 'unknown_key_type'
  | 'wrong_key_length'
  | 'public_test_seed';

/**
 * The text form of a key is malformed, or the key must not be used.
 *
 * The message never holds any part of a private key.
 *
 * @publicApi
 */
export class NoteKeyError extends Error {
  override readonly name = 'NoteKeyError';
  readonly code = 'AUDIT_NOTE_KEY';

  constructor(
    /** Machine-readable reason. */
    readonly reason: NoteKeyErrorReason,
    message: string,
  ) {
    super(message);
  }
}
