import type { AuditSink } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { failFirst } from '../delivery-result.js';
import type { DeliveryResult } from '../delivery-result.js';
import { sha256Hex } from '../digest.js';
import { failureOf } from '../http/http-verdict.js';
import { ConfigurableSink } from '../sinks/configurable-sink.js';
import { SyslogConnection } from './syslog-connection.js';
import type { SyslogEndpoint } from './syslog-connection.js';
import { formatSyslog, frame } from './syslog-message.js';
import type { SyslogFormat } from './syslog-message.js';
import { SYSLOG_OPTIONS } from './syslog.options.js';
import type { SyslogOptions } from './syslog.options.js';

const TLS_PORT = 6514;
const TCP_PORT = 601;
const LOG_AUDIT = 13;
const DEFAULT_BYTES = 8192;
/** What every receiver must take (RFC 5425 §4.3.1); structured data always fits in. */
const SMALLEST_BYTES = 2048;
const DEFAULT_TIMEOUT_MS = 10_000;
/** Each batch waits some milliseconds to be acknowledged, however large it is. */
const BATCH_EVENTS = 2000;
const WRITE_BYTES = 65_536;
const LARGEST_ENTERPRISE_ID = 4_294_967_295;

/**
 * Sends events to a syslog receiver: RFC 5424 over TLS (RFC 5425) or TCP with octet counting. Syslog has no
 * acknowledgement of its own: never let it be the only copy.
 *
 * @publicApi
 */
export class SyslogSink extends ConfigurableSink implements AuditSink {
  readonly network = true;
  readonly #endpoint: SyslogEndpoint;
  private readonly format: SyslogFormat;
  private readonly acknowledge: 'close' | 'write';
  private readonly requestTimeoutMs: number;
  private kept: SyslogConnection | null = null;

  /** @throws DeliveryConfigurationError if host, port, facility or a limit are not fit */
  constructor(options: SyslogOptions) {
    super('syslog', options, SYSLOG_OPTIONS, { maxBatch: BATCH_EVENTS });
    const { host, transport = 'tls', acknowledge = 'close' } = options;
    if (typeof host !== 'string' || host === '') throw this.misconfigured('The option "host" is missing.');
    if (transport !== 'tls' && transport !== 'tcp')
      throw this.misconfigured('The option "transport" is "tls" or "tcp".');
    if (transport === 'tcp' && options.tls) throw this.misconfigured('The option "tls" needs transport "tls".');
    if (acknowledge !== 'close' && acknowledge !== 'write') {
      throw this.misconfigured('The option "acknowledge" is "close" or "write".');
    }
    const port = this.whole('port', options.port ?? (transport === 'tls' ? TLS_PORT : TCP_PORT), 1, 65_535);
    this.#endpoint = { host, port, ...(transport === 'tls' && { tls: options.tls ?? {} }) };
    this.acknowledge = acknowledge;
    this.requestTimeoutMs = this.whole('requestTimeoutMs', options.requestTimeoutMs ?? DEFAULT_TIMEOUT_MS, 1);
    const { enterpriseId } = options;
    if (enterpriseId !== undefined) this.whole('enterpriseId', enterpriseId, 1, LARGEST_ENTERPRISE_ID);
    this.format = {
      facility: this.whole('facility', options.facility ?? LOG_AUDIT, 0, 23),
      enterpriseId,
      hostname: options.hostname,
      maxMessageBytes: this.whole('maxMessageBytes', options.maxMessageBytes ?? DEFAULT_BYTES, SMALLEST_BYTES),
    };
  }

  async deliver(batch: readonly DeliveryItem[], signal: AbortSignal): Promise<readonly DeliveryResult[]> {
    const messages = batch.map((item) => formatSyslog(item, this.format));
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.requestTimeoutMs)]);
    try {
      await this.send(messages, limit);
    } catch (error) {
      this.kept?.destroy();
      this.kept = null;
      return failFirst(failureOf(error), batch.length);
    }
    const remoteStatus = this.acknowledge === 'close' ? 'read' : 'written';
    return messages.map((message) => ({
      status: 'delivered',
      receipt: { payloadHash: sha256Hex(message), remoteStatus },
    }));
  }

  /** Waits until the receiver has read what was only written: a connection that is cut off may take it along. */
  async close(): Promise<void> {
    const { kept } = this;
    this.kept = null;
    await kept?.finish(AbortSignal.timeout(this.requestTimeoutMs)).catch(() => undefined);
  }

  private async send(messages: readonly Buffer[], signal: AbortSignal): Promise<void> {
    const connection = this.kept?.isUsable ? this.kept : await SyslogConnection.open(this.#endpoint, signal);
    this.kept = connection;
    for (const chunk of chunks(messages.map(frame))) await connection.write(chunk, signal);
    if (this.acknowledge === 'write') return;
    await connection.finish(signal);
    this.kept = null;
  }
}

/** Joins frames, so that many small ones don't become as many packets. */
function* chunks(frames: readonly Buffer[]): Generator<Buffer> {
  let waiting: Buffer[] = [];
  let size = 0;
  for (const one of frames) {
    waiting.push(one);
    size += one.length;
    if (size < WRITE_BYTES) continue;
    yield Buffer.concat(waiting);
    [waiting, size] = [[], 0];
  }
  if (size > 0) yield Buffer.concat(waiting);
}
