/** Why a message between a log and a witness was refused. */
export type WitnessMessageErrorReason =
  'malformed_old_size' | 'malformed_hash' | 'too_many_hashes' | 'no_empty_line' | 'no_cosignature';

/**
 * A message of the witness protocol is malformed.
 *
 * @publicApi
 */
export class WitnessMessageError extends Error {
  override readonly name = 'WitnessMessageError';
  readonly code = 'AUDIT_WITNESS_MESSAGE';

  constructor(
    /** Machine-readable reason. */
    readonly reason: WitnessMessageErrorReason,
    message: string,
  ) {
    super(message);
  }
}
