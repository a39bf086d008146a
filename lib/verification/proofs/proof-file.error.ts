/** Why a proof file was refused. */
export type ProofFileErrorReason =
  | 'unknown_format'
  | 'no_empty_line'
  | 'malformed_extra'
  | 'malformed_index'
  | 'malformed_hash'
  | 'too_many_hashes'
  | 'index_out_of_range';

/**
 * A proof file is malformed.
 *
 * @publicApi
 */
export class ProofFileError extends Error {
  override readonly name = 'ProofFileError';
  readonly code = 'AUDIT_PROOF_FILE';

  constructor(
    /** Machine-readable reason. */
    readonly reason: ProofFileErrorReason,
    message: string,
  ) {
    super(message);
  }
}
