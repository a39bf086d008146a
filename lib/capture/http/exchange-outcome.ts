import type { Outcome, Severity } from '../../event/audit-event.interface.js';

const REASONS: Readonly<Record<number, string>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  405: 'method_not_allowed',
  408: 'timeout',
  409: 'conflict',
  410: 'gone',
  412: 'precondition_failed',
  413: 'too_large',
  415: 'unsupported_media_type',
  422: 'invalid',
  429: 'rate_limited',
  503: 'unavailable',
  504: 'timeout',
};

/** Why an attempt did not succeed, as a short machine word. */
export function reasonOf(status: number): string | undefined {
  if (status < 400) return undefined;
  return REASONS[status] ?? (status < 500 ? 'rejected' : 'error');
}

/** @param refused a guard, or something before it, said no: the handler was not asked */
export function outcomeOf(status: number, refused: boolean): Outcome {
  if (status < 400) return 'success';
  if (status === 401 || status === 403) return 'denied';
  return refused && status < 500 ? 'denied' : 'failure';
}

export function severityOf(status: number | undefined, outcome: Outcome): Severity {
  if (status === undefined) return outcome === 'success' ? 'success' : outcome === 'denied' ? 'warning' : 'error';
  if (status >= 500) return 'error';
  if (status >= 400) return 'warning';
  return status >= 300 ? 'info' : 'success';
}

/** The HTTP status that an exception stands for, if it says so. */
export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  try {
    const { getStatus, status, statusCode } = error as Record<string, unknown>;
    const found: unknown = typeof getStatus === 'function' ? getStatus.call(error) : (status ?? statusCode);
    return typeof found === 'number' && found >= 100 && found <= 999 ? found : undefined;
  } catch {
    return undefined;
  }
}
