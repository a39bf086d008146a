import type { AnchorCheckpoint, AnchorReceipt, AuditSink } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import type { DeliveryResult } from '../delivery-result.js';
import { parseEndpoint } from '../http/endpoint.js';
import { HttpClient } from '../http/http-client.js';
import { failureOf } from '../http/http-verdict.js';
import { ConfigurableSink } from '../sinks/configurable-sink.js';
import { deliverEach } from '../sinks/deliver-each.js';
import { readAnswer } from './immutable-log.answer.js';
import { checkpointMessage, eventMessage } from './immutable-log.message.js';
import type { ImmutableLogMessage } from './immutable-log.message.js';
import { IMMUTABLE_LOG_OPTIONS } from './immutable-log.options.js';
import type { ImmutableLogOptions } from './immutable-log.options.js';

const DEFAULT_URL = 'https://api.immutablelog.com';
const KEY_FORM = /^[\x21-\x7e]{8,512}$/;
const MOST_CONCURRENT = 64;

/**
 * Sends events to ImmutableLog: `POST {url}/v1/events`, one request an event, in order.
 *
 * @publicApi
 */
export class ImmutableLogSink extends ConfigurableSink implements AuditSink {
  readonly network = true;
  readonly #apiKey: string;
  private readonly endpoint: URL;
  private readonly env: string | undefined;
  private readonly client: HttpClient;
  private readonly concurrency: number;

  /**
   * @param environment where options are looked up that are not given
   * @throws DeliveryConfigurationError if there is no key, or the URL is not fit
   */
  constructor(options: ImmutableLogOptions = {}, environment: NodeJS.ProcessEnv = process.env) {
    super('immutablelog', options, IMMUTABLE_LOG_OPTIONS);
    const variable = (name: string): string | undefined =>
      environment[`IMMUTABLELOG_${name}`] || environment[`IMTBL_${name}`] || undefined;
    const base = options.url ?? variable('URL') ?? DEFAULT_URL;
    this.endpoint = parseEndpoint(this.name, `${base.replace(/\/+$/, '')}/v1/events`, options.allowHttp ?? false);
    this.#apiKey = this.checkedKey(options.apiKey ?? variable('API_KEY'));
    this.env = options.env ?? variable('ENV');
    this.concurrency = this.whole('concurrency', options.concurrency ?? 1, 1, MOST_CONCURRENT);
    this.client = new HttpClient({
      timeoutMs: options.requestTimeoutMs,
      maxSockets: this.concurrency,
      tls: options.tls,
    });
  }

  deliver(batch: readonly DeliveryItem[], signal: AbortSignal): Promise<DeliveryResult[]> {
    const { concurrency, env } = this;
    return deliverEach(
      batch,
      signal,
      { concurrency },
      (item) => eventMessage(item, env),
      (message) => this.send(message, signal),
    );
  }

  async anchor(checkpoint: AnchorCheckpoint, signal: AbortSignal): Promise<AnchorReceipt> {
    const result = await this.send(checkpointMessage(checkpoint, this.env), signal);
    if (result.status === 'delivered') {
      const { txId, duplicate = false, raw } = result.receipt ?? {};
      return { location: `${this.endpoint.href}#${txId}`, duplicate, raw };
    }
    const problem = 'error' in result ? result.error : 'it was not tried';
    throw new Error(`The checkpoint of size ${checkpoint.size} was not anchored at "${this.name}": ${problem}`);
  }

  close(): void {
    this.client.close();
  }

  private async send(message: ImmutableLogMessage, signal: AbortSignal): Promise<DeliveryResult> {
    const headers = {
      authorization: `Bearer ${this.#apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': message.idempotencyKey,
      'request-id': message.requestId,
      'user-agent': 'nestjs-audit-trail',
    };
    try {
      const answer = await this.client.post(this.endpoint, headers, message.body, signal);
      return readAnswer(answer, message.payloadHash, Date.now(), [this.#apiKey]);
    } catch (error) {
      return failureOf(error, [this.#apiKey]);
    }
  }

  private checkedKey(key: string | undefined): string {
    if (key !== undefined && KEY_FORM.test(key)) return key;
    const problem =
      key === undefined ? 'There is no API key' : 'The API key has characters or a length that no key has';
    throw this.misconfigured(
      `${problem}, so nothing could be delivered. Set the option "apiKey" or the variable IMMUTABLELOG_API_KEY.`,
    );
  }
}
