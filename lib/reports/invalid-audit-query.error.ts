/**
 * A query of the trail cannot be understood.
 * @publicApi
 */
export class InvalidAuditQueryError extends Error {
  override readonly name = 'InvalidAuditQueryError';

  constructor(field: string, given: unknown, allowed: string) {
    super(
      `The audit query's ${field} is ${JSON.stringify(given)}; it must be ${allowed}. ` +
        'Nothing was read, because a wrong filter would show a wrong trail.',
    );
  }
}
