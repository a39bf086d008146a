import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface KeptEvent {
  readonly id: string;
  readonly payload: string;
  readonly trail: string | undefined;
}

interface Posted {
  readonly payload?: unknown;
  readonly meta?: { readonly event_name?: string; readonly request_id?: string; readonly immutable_trail?: string };
}

/** The HTTP API of ImmutableLog on this machine, with switches for what may go wrong over there. */
export class ImmutableLogServer {
  /** What was accepted, in the order of arrival: each idempotency key once. */
  readonly kept: KeptEvent[] = [];
  /** Idempotency keys that came with another payload than before; must stay empty. */
  readonly contradicted: string[] = [];
  /** How often an event came again after it had been kept. */
  duplicates = 0;
  apiKey = 'iml_live_sample0123456789';
  /** Actions that are refused for good, with this status. */
  refused = new Map<string, number>();
  private readonly receipts = new Map<string, { readonly hash: string; readonly txId: string }>();
  private server: Server | null = null;
  private port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, on the same port as before. */
  async up(): Promise<void> {
    const server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Refuses connections and cuts those that there are. */
  async down(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { status, body } = this.handle(request, Buffer.concat(chunks).toString());
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  }

  private handle({ method, url, headers }: IncomingMessage, text: string): { status: number; body: object } {
    if (method !== 'POST' || url !== '/v1/events') return refusal(404, 'not_found');
    if (headers.authorization !== `Bearer ${this.apiKey}`) return refusal(401, 'invalid_api_key');
    const { payload, meta } = JSON.parse(text) as Posted;
    const id = String(headers['idempotency-key'] ?? '');
    if (id === '' || typeof payload !== 'string') return refusal(400, 'invalid_payload');
    const status = this.refused.get(meta?.event_name ?? '');
    if (status !== undefined) return refusal(status, 'invalid_payload');

    const hash = createHash('sha256').update(payload).digest('hex');
    const known = this.receipts.get(id);
    const receipt = known ?? { hash, txId: `tx_${randomUUID()}` };
    if (known) this.duplicates++;
    if (known && known.hash !== hash) this.contradicted.push(id);
    if (!known) {
      this.receipts.set(id, receipt);
      this.kept.push({ id, payload, trail: meta?.immutable_trail });
    }
    const body = { ok: true, tx_id: receipt.txId, payload_hash: receipt.hash, status: 'accepted' };
    return { status: 202, body: { ...body, duplicate: known !== undefined, request_id: meta?.request_id } };
  }
}

function refusal(status: number, reason: string): { status: number; body: object } {
  return { status, body: { ok: false, reason } };
}
