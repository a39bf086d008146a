import type { EventReason, Outcome } from '../../event/audit-event.interface.js';
import { outcomeOf, reasonOf, statusOf } from '../http/exchange-outcome.js';
import type { Operation } from './operation.js';

/** Codes that GraphQL servers put into `extensions.code`, and the HTTP status with the same meaning. */
const GRAPHQL_STATUS: Readonly<Record<string, number>> = {
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  BAD_USER_INPUT: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
};

export function operationOutcome({ stage, error, emitted }: Operation): { outcome: Outcome; reason?: EventReason } {
  switch (stage) {
    case 'guards':
      return { outcome: 'denied', reason: { code: 'refused' } };
    case 'returned':
      return { outcome: 'success' };
    case 'threw': {
      const status = statusOf(error) ?? GRAPHQL_STATUS[graphqlCode(error) ?? ''] ?? 500;
      return {
        outcome: status < 400 ? 'failure' : outcomeOf(status, false),
        reason: { code: reasonOf(status) ?? 'error' },
      };
    }
    default:
      // A stream that its subscriber has left did its part; a call that was given up did not.
      return emitted > 0 ? { outcome: 'success' } : { outcome: 'failure', reason: { code: 'aborted' } };
  }
}

function graphqlCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const code: unknown = (error as { extensions?: { code?: unknown } }).extensions?.code;
    return typeof code === 'string' ? code : undefined;
  } catch {
    return undefined;
  }
}
