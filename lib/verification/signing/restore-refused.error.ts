/**
 * A restore was not recorded, and nothing was changed: there is no new name for the log, or somebody else was signing.
 *
 * @publicApi
 */
export class RestoreRefusedError extends Error {
  override readonly name = 'RestoreRefusedError';
  readonly code = 'AUDIT_RESTORE_REFUSED';
}
