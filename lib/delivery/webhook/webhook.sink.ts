import type { AnchorCheckpoint, AnchorReceipt, AuditSink } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { DEFERRED, failFirst } from '../delivery-result.js';
import type { DeliveryResult } from '../delivery-result.js';
import { AddressGuard, ForbiddenAddressError } from '../http/address-guard.js';
import { parseEndpoint } from '../http/endpoint.js';
import { HttpClient } from '../http/http-client.js';
import { failureOf, verdictOf } from '../http/http-verdict.js';
import { maskSecrets } from '../safe-error-text.js';
import { ConfigurableSink } from '../sinks/configurable-sink.js';
import { deliverEach } from '../sinks/deliver-each.js';
import { batchMessage, checkpointMessage, singleMessage } from './webhook-message.js';
import type { WebhookMessage } from './webhook-message.js';
import { WebhookSigner } from './webhook-signature.js';
import { WEBHOOK_OPTIONS } from './webhook.options.js';
import type { WebhookOptions } from './webhook.options.js';

const DEFAULT_TIMEOUT_MS = 20_000;
const MOST_CONCURRENT = 64;
const BATCH_EVENTS = 100;
const BATCH_BYTES = 262_144;
const LONGEST_RAW = 512;
/** Set by us; a header of the same name would break the signature or the framing. */
const OWN_HEADERS = /^(webhook-|content-length$|content-type$|host$|transfer-encoding$|connection$)/i;
const HEADER_NAME = /^[A-Za-z0-9-]{1,64}$/;
const HEADER_VALUE = /^[\x20-\x7e]{0,4096}$/;

/**
 * Sends events as Standard Webhooks 1.0.
 *
 * @see https://www.standardwebhooks.com
 * @publicApi
 */
export class WebhookSink extends ConfigurableSink implements AuditSink {
  readonly network = true;
  readonly identity: 'event' | 'batch';
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signer: WebhookSigner;
  private readonly endpoint: URL;
  private readonly client: HttpClient;
  private readonly guard: AddressGuard;
  private readonly concurrency: number;

  /** @throws DeliveryConfigurationError if the URL, the secrets or a header are not fit */
  constructor(options: WebhookOptions) {
    const isBatch = options.format === 'batch';
    super('webhook', options, WEBHOOK_OPTIONS, isBatch ? { maxBatch: BATCH_EVENTS, maxBatchBytes: BATCH_BYTES } : {});
    if (options.format !== undefined && options.format !== 'single' && options.format !== 'batch') {
      throw this.misconfigured('The option "format" is "single" or "batch".');
    }
    this.identity = isBatch ? 'batch' : 'event';
    this.endpoint = parseEndpoint(this.name, options.url, options.allowHttp ?? false);
    this.#signer = new WebhookSigner(options.secrets);
    this.#headers = this.checkedHeaders(options.headers ?? {});
    this.concurrency = this.whole('concurrency', options.concurrency ?? 1, 1, MOST_CONCURRENT);
    this.guard = new AddressGuard(options.allowAddresses);
    this.client = new HttpClient({
      timeoutMs: options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS,
      maxSockets: this.concurrency,
      tls: options.tls,
      lookup: this.guard.lookup,
    });
  }

  deliver(batch: readonly DeliveryItem[], signal: AbortSignal): Promise<readonly DeliveryResult[]> {
    if (this.identity === 'batch') return this.deliverBatch(batch, signal);
    const { concurrency } = this;
    return deliverEach(batch, signal, { concurrency }, singleMessage, (message) => this.send(message, signal));
  }

  async anchor(checkpoint: AnchorCheckpoint, signal: AbortSignal): Promise<AnchorReceipt> {
    const message = checkpointMessage(checkpoint);
    const result = await this.send(message, signal);
    if (result.status === 'delivered') {
      return { location: `${this.endpoint.href}#${message.id}`, duplicate: false, raw: result.receipt?.raw };
    }
    const problem = 'error' in result ? result.error : 'it was not tried';
    throw new Error(`The checkpoint of size ${checkpoint.size} was not anchored at "${this.name}": ${problem}`);
  }

  close(): void {
    this.client.close();
  }

  /** A refused batch is halved until the event that is refused stands alone. */
  private async deliverBatch(batch: readonly DeliveryItem[], signal: AbortSignal): Promise<readonly DeliveryResult[]> {
    const result = await this.send(batchMessage(batch), signal);
    if (result.status === 'delivered') return batch.map(() => result);
    if (result.status !== 'rejected')
      return result.status === 'deferred' ? batch.map(() => DEFERRED) : failFirst(result, batch.length);
    if (batch.length === 1) return [result];
    const middle = Math.ceil(batch.length / 2);
    const head = await this.deliverBatch(batch.slice(0, middle), signal);
    const isStopped = head.some(({ status }) => status !== 'delivered' && status !== 'rejected');
    const rest = batch.slice(middle);
    return [...head, ...(isStopped ? rest.map(() => DEFERRED) : await this.deliverBatch(rest, signal))];
  }

  private async send({ id, body, hash }: WebhookMessage, signal: AbortSignal): Promise<DeliveryResult> {
    const now = Date.now();
    const secrets = Object.values(this.#headers);
    try {
      this.guard.checkHost(this.endpoint.hostname);
      const headers = {
        'content-type': 'application/json',
        'user-agent': 'nestjs-audit-trail',
        ...this.#headers,
        ...this.#signer.headers(id, body, Math.floor(now / 1000)),
      };
      const answer = await this.client.post(this.endpoint, headers, body, signal);
      const verdict = verdictOf(answer, now, secrets);
      if (verdict !== null) return verdict;
      const raw = maskSecrets(answer.body, secrets, LONGEST_RAW);
      return {
        status: 'delivered',
        receipt: { payloadHash: hash, remoteStatus: String(answer.status), raw },
      };
    } catch (error) {
      const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
      if (cause instanceof ForbiddenAddressError) return { status: 'sink_failure', error: cause.message };
      return failureOf(error, secrets);
    }
  }

  private checkedHeaders(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
    for (const [name, value] of Object.entries(headers)) {
      if (!HEADER_NAME.test(name) || OWN_HEADERS.test(name) || typeof value !== 'string' || !HEADER_VALUE.test(value)) {
        throw this.misconfigured(
          `The header ${JSON.stringify(name)} can't be sent: its name is ours or its form is wrong.`,
        );
      }
    }
    return { ...headers };
  }
}
