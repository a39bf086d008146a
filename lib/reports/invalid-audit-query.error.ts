import { inspect } from 'node:util';

/**
 * A query of the trail cannot be understood.
 * @publicApi
 */
export class InvalidAuditQueryError extends Error {
  override readonly name = 'InvalidAuditQueryError';

  constructor(field: string, given: unknown, allowed: string) {
    super(
      `The audit query's ${field} is ${show(given)}; it must be ${allowed}. ` +
        'Nothing was read, because a wrong filter would show a wrong trail.',
    );
  }
}

/** In one line, and without calling anything of the value's own. */
function show(given: unknown): string {
  return inspect(given, { depth: 0, breakLength: Infinity, customInspect: false, maxStringLength: 80 });
}
