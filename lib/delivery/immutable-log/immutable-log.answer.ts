import type { Delivered, DeliveryResult, Transient } from '../delivery-result.js';
import type { HttpAnswer } from '../http/http-client.js';
import { verdictOf } from '../http/http-verdict.js';
import { maskSecrets } from '../safe-error-text.js';

/** A used-up monthly quota won't come back in seconds, even if no `Retry-After` says so. */
const QUOTA_WAIT_MS = 3_600_000;
const LONGEST_RAW = 4096;
const SHA256 = /^(?:sha256:)?([0-9a-f]{64})$/i;

interface AcceptedBody {
  readonly ok?: unknown;
  readonly tx_id?: unknown;
  readonly payload_hash?: unknown;
  readonly status?: unknown;
  readonly duplicate?: unknown;
}

/**
 * Reads an answer of `POST /v1/events`.
 *
 * @param payloadHash lowercase hex SHA-256 of the payload that was sent
 */
export function readAnswer(
  answer: HttpAnswer,
  payloadHash: string,
  now: number,
  secrets: readonly string[],
): DeliveryResult {
  const verdict = verdictOf(answer, now, secrets);
  if (verdict !== null) return withQuotaWait(verdict, answer);
  const body = parseBody(answer);
  if (body === null || body.ok === false || typeof body.tx_id !== 'string' || body.tx_id === '') {
    const error = `HTTP ${answer.status}, but the body is not a receipt, so it is unknown whether the event was kept.`;
    return { status: 'transient', error, remoteStatus: String(answer.status) };
  }
  return accepted(body, body.tx_id, payloadHash, maskSecrets(answer.body, secrets, LONGEST_RAW));
}

function accepted(body: AcceptedBody, txId: string, payloadHash: string, raw: string): Delivered {
  const theirs = typeof body.payload_hash === 'string' ? SHA256.exec(body.payload_hash)?.[1].toLowerCase() : undefined;
  const isOther = theirs !== undefined && theirs !== payloadHash;
  return {
    status: 'delivered',
    receipt: {
      txId,
      payloadHash,
      duplicate: body.duplicate === true,
      remoteStatus: typeof body.status === 'string' ? body.status : 'accepted',
      raw,
      ...(isOther && { finding: `the remote has payload hash ${theirs}, what was sent has ${payloadHash}` }),
    },
  };
}

function withQuotaWait(verdict: DeliveryResult, { status, body }: HttpAnswer): DeliveryResult {
  if (verdict.status !== 'transient' || status !== 429 || verdict.retryAfterMs !== undefined) return verdict;
  return body.includes('monthly_limit_exceeded')
    ? ({ ...verdict, retryAfterMs: QUOTA_WAIT_MS } satisfies Transient)
    : verdict;
}

function parseBody({ body, truncated }: HttpAnswer): AcceptedBody | null {
  if (truncated) return null;
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
