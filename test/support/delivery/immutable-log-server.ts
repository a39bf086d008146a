import { createHash, randomUUID } from 'node:crypto';
import type { Reply, SeenRequest } from './fault-http-server.js';

interface KeptEvent {
  readonly idempotencyKey: string;
  readonly payload: string;
  readonly meta: Record<string, unknown>;
  readonly receipt: Record<string, unknown>;
}

/** The ImmutableLog HTTP API, as far as it is known. */
export class ImmutableLogServer {
  readonly kept: KeptEvent[] = [];
  apiKey = 'iml_live_0123456789abcdef';

  handle({ method, path, headers, body }: SeenRequest): Reply {
    if (method !== 'POST' || path !== '/v1/events') return refusal(404, 'not_found');
    if (headers.authorization !== `Bearer ${this.apiKey}`) return refusal(401, 'invalid_api_key');
    const idempotencyKey = String(headers['idempotency-key'] ?? '');
    const { payload, meta } = JSON.parse(body.toString()) as { payload: unknown; meta: Record<string, unknown> };
    if (idempotencyKey === '' || typeof payload !== 'string' || typeof meta?.type !== 'string') {
      return refusal(400, 'invalid_payload');
    }
    const first = this.kept.find((event) => event.idempotencyKey === idempotencyKey);
    if (first) {
      // Noted, because it must be the same bytes; the first one is what the remote keeps.
      this.kept.push({ ...first, payload });
      return accepted({ ...first.receipt, duplicate: true });
    }
    const receipt = {
      ok: true,
      tx_id: `tx_${randomUUID()}`,
      payload_hash: createHash('sha256').update(payload).digest('hex'),
      status: 'accepted',
      duplicate: false,
      request_id: meta.request_id,
    };
    this.kept.push({ idempotencyKey, payload, meta, receipt });
    return accepted(receipt);
  }
}

function accepted(receipt: Record<string, unknown>): Reply {
  return { status: 202, headers: { 'content-type': 'application/json' }, body: JSON.stringify(receipt) };
}

function refusal(status: number, reason: string): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ ok: false, reason }) };
}
