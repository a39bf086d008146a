import { isObservable } from 'rxjs';
import type { CaptureOptions } from '../capture-options.interface.js';
import { reportFailure } from '../capture-failure.js';
import type { CaptureFailureHandler } from '../capture-failure.js';
import { valueAt } from '../handler/resource-locator.js';
import { identifierOf } from '../identifier.js';
import type { BodySnapshot } from './body-snapshot.js';
import type { HttpExchange } from './http-exchange.js';
import { describeFiles, fieldsOf, isMultipart } from './uploads.js';

/** Takes what is recorded of a request's and a response's body, at the right moment. Never throws. */
export class ExchangeBodies {
  constructor(
    private readonly options: Pick<CaptureOptions, 'http'>,
    private readonly snapshot: BodySnapshot,
    private readonly onFailure: CaptureFailureHandler,
  ) {}

  /** Before the handler can change the body. */
  atEntry(exchange: HttpExchange): void {
    exchange.bodySeen = true;
    exchange.isUpload = isMultipart(exchange.headers['content-type']);
    if (exchange.isUpload) return;
    this.guarded('request body', () => {
      const { body } = exchange.platformRequest;
      this.findId(exchange, 'body', body);
      this.takeBody(exchange, body);
    });
  }

  /** When the handler is done, with its result. */
  atExit(exchange: HttpExchange): void {
    this.takeUpload(exchange);
    this.guarded('response body', () => {
      this.findId(exchange, 'response', exchange.result);
      this.takeResult(exchange);
    });
  }

  /** When the request is over: what has not been seen on the way. */
  atEnd(exchange: HttpExchange): void {
    if (!exchange.bodySeen) this.atEntry(exchange);
    if (exchange.stage !== 'edge' && exchange.stage !== 'guards') this.takeUpload(exchange);
  }

  /** An upload interceptor has parsed a multipart body only by the time the handler is done. */
  private takeUpload(exchange: HttpExchange): void {
    if (exchange.uploadSeen || !exchange.isUpload) return;
    exchange.uploadSeen = true;
    this.guarded('request body', () => {
      this.findId(exchange, 'body', exchange.platformRequest.body);
      if (this.capturesRequest(exchange)) this.takeMultipart(exchange);
    });
  }

  private takeBody(exchange: HttpExchange, body: unknown): void {
    if (body === undefined || body === null || !this.capturesRequest(exchange)) return;
    // Parsers leave an empty object where there was no body at all.
    if (isEmpty(body) && !hasPayload(exchange)) return;
    exchange.body = this.snapshot.take(body, 'request.body');
  }

  private takeMultipart(exchange: HttpExchange): void {
    const { platformRequest } = exchange;
    const fields = fieldsOf(platformRequest.body);
    if (typeof fields === 'object' && fields !== null && !isEmpty(fields)) {
      exchange.body = this.snapshot.take(fields, 'request.body');
    }
    exchange.pending = describeFiles(platformRequest).then(
      (files) => {
        exchange.files = files;
      },
      (error: unknown) => reportFailure(this.onFailure, error, 'upload'),
    );
  }

  private takeResult(exchange: HttpExchange): void {
    const { result, handler } = exchange;
    if (!(handler?.options.captureResponse ?? this.options.http.captureResponse)) return;
    if (result !== undefined && !isStream(result)) exchange.resultBody = this.snapshot.take(result, 'response.body');
  }

  /** Ids are looked up while the value is at hand; a handler may change or drop it. */
  private findId(exchange: HttpExchange, from: 'body' | 'response', value: unknown): void {
    const source = exchange.handler?.options.resource?.id;
    if (exchange.resourceId !== undefined || typeof source !== 'object') return;
    const path = from in source ? (source as Record<string, string>)[from] : undefined;
    if (path !== undefined) exchange.resourceId = identifierOf(valueAt(value, path));
  }

  private guarded(where: string, work: () => void): void {
    try {
      work();
    } catch (error) {
      reportFailure(this.onFailure, error, where);
    }
  }

  private capturesRequest({ handler }: HttpExchange): boolean {
    return handler?.options.captureRequest ?? this.options.http.captureRequest;
  }
}

function hasPayload({ headers }: HttpExchange): boolean {
  const length = headers['content-length'];
  return length === undefined ? headers['transfer-encoding'] !== undefined : length !== '0';
}

function isEmpty(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const _ in value) return false;
  return true;
}

/** Streams are neither read nor kept. */
export function isStream(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { getStream, pipe, getReader } = value as Record<string, unknown>;
  return (
    [getStream, pipe, getReader].some((method) => typeof method === 'function') ||
    isObservable(value) ||
    Symbol.asyncIterator in value
  );
}
