/** Why a policy was refused, or a checkpoint does not meet it. */
export type PolicyErrorReason =
  | 'malformed_policy'
  | 'malformed_line'
  | 'malformed_key'
  | 'unfit_key_type'
  | 'duplicate_key'
  | 'duplicate_name'
  | 'reserved_name'
  | 'unknown_name'
  | 'member_used_twice'
  | 'malformed_threshold'
  | 'quorum_missing'
  | 'quorum_repeated'
  | 'quorum_not_met';

/**
 * A policy file is malformed, or a checkpoint does not meet the policy.
 *
 * @publicApi
 */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  readonly code = 'AUDIT_POLICY';

  constructor(
    /** Machine-readable reason. */
    readonly reason: PolicyErrorReason,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
