/** Why a signed note was refused. */
export type NoteErrorReason =
  | 'malformed_note'
  | 'malformed_signature_line'
  | 'too_many_signatures'
  | 'too_large'
  | 'ambiguous_key'
  | 'bad_signature'
  | 'no_known_signature'
  | 'nothing_to_sign';

/**
 * A signed note is malformed, or no trusted key stands behind it.
 *
 * @publicApi
 */
export class NoteError extends Error {
  override readonly name = 'NoteError';
  readonly code = 'AUDIT_NOTE';

  constructor(
    /** Machine-readable reason. */
    readonly reason: NoteErrorReason,
    message: string,
  ) {
    super(message);
  }
}
