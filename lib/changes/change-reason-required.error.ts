/**
 * A change of an entity that needs a reason was attempted without one. Nothing was written.
 *
 * @publicApi
 */
export class ChangeReasonRequiredError extends Error {
  override readonly name = 'ChangeReasonRequiredError';
  readonly code = 'AUDIT_CHANGE_REASON_REQUIRED';

  constructor(
    /** Resource whose change was refused. */
    readonly resource: string,
  ) {
    super(
      `A change of ${resource} needs a reason, and none was given, so it was refused: an auditor could not tell why it ` +
        'was made. Call annotate({ reason }) before the change, or run it within runAs({ …, reason }).',
    );
  }
}
