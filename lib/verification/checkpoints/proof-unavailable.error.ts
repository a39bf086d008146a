export type ProofUnavailableReason =
  /** There is no such event in the log. */
  | 'unknown_event'
  /** No checkpoint covers the event yet, or none that a trusted key signed. */
  | 'not_covered'
  /** The log does not lead to the root that was signed. */
  | 'contradicts_checkpoint';

/**
 * No proof can be given.
 *
 * @publicApi
 */
export class ProofUnavailableError extends Error {
  override readonly name = 'ProofUnavailableError';
  readonly code = 'AUDIT_PROOF_UNAVAILABLE';

  constructor(
    /** Machine-readable reason. */
    readonly reason: ProofUnavailableReason,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
  }
}
