/** Why a checkpoint was refused. */
export type CheckpointErrorReason =
  | 'malformed_checkpoint'
  | 'malformed_origin'
  | 'malformed_size'
  | 'malformed_root'
  | 'malformed_extension'
  | 'empty_tree_root'
  | 'unexpected_origin';

/**
 * A checkpoint is malformed, or it is another log's.
 *
 * @publicApi
 */
export class CheckpointError extends Error {
  override readonly name = 'CheckpointError';
  readonly code = 'AUDIT_CHECKPOINT';

  constructor(
    /** Machine-readable reason. */
    readonly reason: CheckpointErrorReason,
    message: string,
  ) {
    super(message);
  }
}
