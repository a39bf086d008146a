import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { LookupFunction } from 'node:net';
import { HttpFailure } from './http-failure.js';

/** What a connection trusts, and how it shows who we are. PEM texts. */
export interface TlsOptions {
  /** Certificate authorities instead of the system's. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Our certificate, for mutual TLS. */
  readonly cert?: string | Buffer;
  readonly key?: string | Buffer;
  readonly passphrase?: string;
  /** Name to check the certificate against, when it differs from the host. */
  readonly servername?: string;
}

export interface HttpClientOptions {
  /** From the first byte sent to the last byte received, in milliseconds. @default 15000 */
  readonly timeoutMs?: number;
  /** Bytes of an answer that are read; the rest is cut off. @default 65536 */
  readonly maxAnswerBytes?: number;
  /** Connections at once. @default 8 */
  readonly maxSockets?: number;
  readonly tls?: TlsOptions;
  /** Resolves names; the address that it gives is the one that is connected to. */
  readonly lookup?: LookupFunction;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body was longer than what is read. */
  readonly truncated: boolean;
}

const DEFAULT_TIMEOUT_MS = 15_000;
const DEFAULT_ANSWER_BYTES = 65_536;
const DEFAULT_SOCKETS = 8;
const STALE = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED']);

/**
 * POSTs over kept-alive connections. Everything is bounded: time from first to last byte, size of the answer, number
 * of connections. Redirects are answers like others: a token must not follow them. Proxy variables are not read.
 */
export class HttpClient {
  private readonly http: HttpAgent;
  private readonly https: HttpsAgent;
  private readonly timeoutMs: number;
  private readonly maxAnswerBytes: number;

  constructor(private readonly options: HttpClientOptions = {}) {
    const pool = { keepAlive: true, maxSockets: options.maxSockets ?? DEFAULT_SOCKETS, scheduling: 'lifo' } as const;
    this.http = new HttpAgent(pool);
    this.https = new HttpsAgent(pool);
    this.timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
    this.maxAnswerBytes = options.maxAnswerBytes ?? DEFAULT_ANSWER_BYTES;
  }

  /** @throws HttpFailure if no whole answer came in time */
  async post(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: string | Uint8Array,
    signal?: AbortSignal,
  ): Promise<HttpAnswer> {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    const deadline = performance.now() + this.timeoutMs;
    try {
      return await this.send(url, headers, bytes, signal, deadline, url.protocol === 'https:' ? this.https : this.http);
    } catch (error) {
      // The other side closed an idle connection just as it was used again: a new one tells more.
      if (!(error instanceof StaleConnection)) throw error;
      return this.send(url, headers, bytes, signal, deadline, false);
    }
  }

  /** Closes the connections. */
  close(): void {
    this.http.destroy();
    this.https.destroy();
  }

  private send(
    url: URL,
    headers: Readonly<Record<string, string>>,
    body: Uint8Array,
    signal: AbortSignal | undefined,
    deadline: number,
    agent: HttpAgent | HttpsAgent | false,
  ): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(new HttpFailure('aborted', 'The request was not sent: the time was up.'));
      const { tls = {}, lookup } = this.options;
      const options: RequestOptions = {
        method: 'POST',
        agent,
        ...(lookup && { lookup }),
        headers: { ...headers, 'content-length': String(body.length) },
      };
      const secure = url.protocol === 'https:';
      const request = secure ? httpsRequest(url, { ...options, ...withoutReadonly(tls) }) : httpRequest(url, options);
      let hasAnswer = false;

      const timer = setTimeout(
        () => fail(new HttpFailure('timeout', `No whole answer within ${this.timeoutMs} ms.`)),
        Math.max(0, deadline - performance.now()),
      );
      const abort = (): void => fail(new HttpFailure('aborted', 'The request was cut off: the time was up.'));
      signal?.addEventListener('abort', abort, { once: true });

      const settle = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', abort);
      };
      const fail = (error: Error): void => {
        settle();
        reject(error);
        request.destroy();
      };
      request.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && !hasAnswer && STALE.has(error.code ?? '');
        fail(isStale ? new StaleConnection() : networkFailure(error));
      });
      request.on('response', (response) => {
        hasAnswer = true;
        this.readBody(response).then((read) => {
          settle();
          resolve({ status: response.statusCode ?? 0, headers: response.headers, ...read });
        }, fail);
      });
      request.end(body);
    });
  }

  private readBody(response: IncomingMessage): Promise<{ body: string; truncated: boolean }> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = [];
      let size = 0;
      const done = (truncated: boolean): void => {
        const body = Buffer.concat(chunks).subarray(0, this.maxAnswerBytes).toString();
        resolve({ body, truncated });
      };
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= this.maxAnswerBytes) return;
        done(true);
        response.destroy();
      });
      response.on('end', () => done(false));
      response.on('error', (error) => reject(networkFailure(error)));
      response.on('close', () => {
        if (!response.complete) reject(new HttpFailure('network', 'The answer ended early.'));
      });
    });
  }
}

class StaleConnection extends Error {}

function networkFailure(error: NodeJS.ErrnoException): HttpFailure {
  return new HttpFailure('network', `${error.message || error.code || 'The connection failed'}`, { cause: error });
}

function withoutReadonly({ ca, ...rest }: TlsOptions): RequestOptions & { ca?: string | Buffer | (string | Buffer)[] } {
  return { ...rest, ...(ca !== undefined && { ca: Array.isArray(ca) ? [...(ca as string[])] : (ca as string) }) };
}
