/** Why a Merkle proof was refused. */
export type InvalidProofReason =
  | 'malformed_number'
  | 'index_out_of_range'
  | 'sizes_out_of_order'
  | 'empty_tree'
  | 'wrong_hash_length'
  | 'wrong_proof_length'
  | 'root_mismatch'
  | 'old_root_mismatch';

/**
 * A Merkle proof does not prove what it claims: it is malformed, or its hashes do not lead to the given root.
 *
 * @publicApi
 */
export class InvalidProofError extends Error {
  override readonly name = 'InvalidProofError';
  readonly code = 'AUDIT_INVALID_PROOF';

  constructor(
    /** Machine-readable reason. */
    readonly reason: InvalidProofReason,
    message: string,
  ) {
    super(message);
  }
}
