/**
 * A redaction option that cannot be obeyed. Thrown at construction, because a rule that is silently ignored is a
 * secret that is stored.
 *
 * @publicApi
 */
export class InvalidRedactionOptionError extends Error {
  override readonly name = 'InvalidRedactionOptionError';
  readonly code = 'AUDIT_REDACTION_OPTION';

  constructor(
    /** Where the option stands, e.g. `redaction.modes.key:iban`. */
    readonly option: string,
    /** What is wrong with it and what to do. */
    readonly detail: string,
  ) {
    super(`Option ${option} cannot be used: ${detail}`);
  }
}
