import type { Rejected, SinkFailure, Transient } from '../delivery-result.js';
import { parseRetryAfter } from '../retry/index.js';
import { maskSecrets, safeErrorText } from '../safe-error-text.js';
import type { HttpAnswer } from './http-client.js';

/** May work later although they are 4xx: Request Timeout, Too Early, Too Many Requests. */
const TRANSIENT = new Set([408, 425, 429]);
/** Refuse what was sent, not who sent it: Bad Request, Conflict, Content Too Large, Unprocessable Content. */
const REJECTING = new Set([400, 409, 413, 422]);
const LONGEST_RAW = 4096;
const SHOWN_BODY = 200;

/**
 * What a status that is not 2xx means for delivery. Every status that is not known to be about this one event holds
 * the sink: a wrong address must not turn the whole log into dead letters. Redirects are never followed.
 *
 * @param now Unix milliseconds
 * @param secrets texts that must not appear in what is kept
 * @returns null for 2xx
 */
export function verdictOf(
  answer: HttpAnswer,
  now: number,
  secrets: readonly string[] = [],
): Transient | Rejected | SinkFailure | null {
  const { status, headers, body } = answer;
  if (status >= 200 && status < 300) return null;
  const remoteStatus = String(status);
  const error = describe(answer, secrets);
  if (status >= 500 || TRANSIENT.has(status)) {
    return { status: 'transient', error, remoteStatus, retryAfterMs: parseRetryAfter(headers['retry-after'], now) };
  }
  if (REJECTING.has(status)) {
    return { status: 'rejected', error, remoteStatus, raw: maskSecrets(body, secrets, LONGEST_RAW) };
  }
  return { status: 'sink_failure', error, remoteStatus };
}

/** A passing failure for whatever was thrown while sending. */
export function failureOf(error: unknown, secrets: readonly string[] = []): Transient {
  return { status: 'transient', error: safeErrorText(error, secrets) };
}

function describe({ status, headers, body }: HttpAnswer, secrets: readonly string[]): string {
  const target =
    status >= 300 && status < 400 ? ` to ${String(headers.location ?? 'nowhere')}, which is not followed` : '';
  const said = body.trim() === '' ? '' : `: ${body.slice(0, SHOWN_BODY * 4)}`;
  return maskSecrets(safeErrorText(`HTTP ${status}${target}${said}`, secrets), [], SHOWN_BODY + 40);
}
