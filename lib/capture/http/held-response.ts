import { ServerResponse } from 'node:http';
import type { RawResponse } from './http-platform.interface.js';

type Method = (...args: unknown[]) => unknown;

/** The methods by which bytes of an answer leave. */
const OPERATIONS = ['writeHead', 'write', 'end', 'flushHeaders'] as const;
type Operation = (typeof OPERATIONS)[number];
type Originals = Readonly<Record<Operation, Method>>;

/** What stands in for the stored head while it is held: Node and many packages ask only whether there is one. */
const HEAD_IS_HELD = 'held';
/** What of an answer's headers may go out with the 503 that takes its place. */
const KEPT_HEADERS = /^(?:access-control-|vary$|connection$|strict-transport-security$)/;

/** Node's own field for the serialised head, by which it knows that headers are sent. */
interface WithHead {
  _header?: string | null;
}

interface Call {
  readonly operation: Operation;
  readonly args: unknown[];
}

/**
 * Keeps an answer from leaving until it is known whether it may.
 *
 * The first call that would send a byte stops here; it and all later ones wait, in order, until {@link release} or
 * {@link replace}. To everybody who asks, the head counts as sent from the first call on, as it would without this: a
 * filter that looks at `headersSent`, or code that sets a header too late, finds what it always finds. Wrappers that
 * others put around the methods (compression, sessions) keep working, before and after.
 */
export class HeldResponse {
  private state: 'open' | 'held' | 'released' | 'replaced' = 'open';
  private readonly originals: Originals;
  private readonly calls: Call[] = [];
  private ended = false;
  private owesDrain = false;
  private heldStatus: { statusCode: number; statusMessage?: string } | undefined;

  /**
   * @param keptHeader goes out also with a 503
   * @param onFirstByte called once, when the status is known and before anything leaves; returns false when the answer
   * need not wait
   */
  constructor(
    private readonly response: RawResponse,
    private readonly keptHeader: string,
    private readonly onFirstByte: (status: number) => boolean,
  ) {
    const methods = response as unknown as Record<Operation, Method>;
    this.originals = {
      writeHead: methods.writeHead,
      write: methods.write,
      end: methods.end,
      flushHeaders: methods.flushHeaders,
    };
    for (const operation of OPERATIONS) {
      const intercept = (...args: unknown[]): unknown => this.call(operation, args);
      Object.defineProperty(response, operation, { value: intercept, writable: true, configurable: true });
    }
  }

  /** Lets the answer go as the application made it. */
  release(): void {
    if (this.state !== 'held') return;
    const { response } = this;
    const { statusCode } = response;
    this.unmask();
    this.state = 'released';
    Object.assign(response, this.heldStatus);
    let accepted: unknown = true;
    for (const { operation, args } of this.calls.splice(0)) accepted = this.original(operation, args);
    response.statusCode = statusCode;
    // A producer that was told to wait must hear that it may go on, and nobody else will tell it.
    if (this.owesDrain && !this.ended && accepted !== false) response.emit('drain');
  }

  /** Sends a 503 instead of the answer; whatever the application still writes goes nowhere. */
  replace(body: string): void {
    if (this.state !== 'held') return;
    const { response } = this;
    this.unmask();
    // HTTP/2's own `end` calls `write`, which has to get through this once.
    this.state = 'released';
    this.calls.length = 0;
    for (const name of response.getHeaderNames()) {
      if (name !== this.keptHeader && !KEPT_HEADERS.test(name)) response.removeHeader(name);
    }
    const headers = {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'cache-control': 'no-store',
    };
    this.original('writeHead', [503, headers]);
    this.original('end', [body]);
    this.state = 'replaced';
  }

  private call(operation: Operation, args: unknown[]): unknown {
    switch (this.state) {
      case 'released':
        return this.original(operation, args);
      case 'replaced':
        return this.swallow(operation, args);
      case 'open':
        return this.firstCall(operation, args);
      case 'held':
        return this.hold(operation, args);
    }
  }

  private firstCall(operation: Operation, args: unknown[]): unknown {
    this.refuseInvalid(operation, args);
    const { response } = this;
    const status = operation === 'writeHead' ? Number(args[0]) : response.statusCode;
    if (!this.onFirstByte(status)) {
      this.state = 'released';
      return this.original(operation, args);
    }
    this.state = 'held';
    this.heldStatus = { statusCode: response.statusCode };
    // HTTP/2 has no status message, and warns of every look at it.
    if (response instanceof ServerResponse) this.heldStatus.statusMessage = response.statusMessage;
    response.statusCode = status;
    this.mask();
    return this.hold(operation, args, true);
  }

  private hold(operation: Operation, args: unknown[], isFirst = false): unknown {
    if (!isFirst) this.refuseInvalid(operation, args);
    if (operation === 'writeHead' && !isFirst) {
      // Lets Node raise its own error for a second head.
      return this.original(operation, args);
    }
    // Node serialises a head at once; Fastify hands over the object that it goes on to put late headers into.
    this.calls.push({ operation, args: operation === 'writeHead' ? args.map(copyOf) : args });
    if (operation === 'end') {
      this.ended = true;
      return this.response;
    }
    if (operation === 'write') {
      this.owesDrain = true;
      return false;
    }
    return this.response;
  }

  private swallow(operation: Operation, args: unknown[]): unknown {
    const callback = args.find((arg) => typeof arg === 'function') as (() => void) | undefined;
    if (callback !== undefined && operation !== 'writeHead') process.nextTick(callback);
    return operation === 'write' ? true : this.response;
  }

  /** Node refuses wrong arguments at once, and so must we: later nobody would be there to catch it. */
  private refuseInvalid(operation: Operation, args: unknown[]): void {
    if (!(this.response instanceof ServerResponse)) return;
    const probe = new ServerResponse(this.response.req);
    probe.on('error', () => undefined);
    if (operation === 'writeHead') {
      (probe.writeHead as Method)(...args);
    } else if (operation === 'write' || operation === 'end') {
      if (this.state === 'open') probe.writeHead(this.response.statusCode, this.response.statusMessage || undefined);
      const [chunk, encoding] = args;
      if (operation === 'write' || (chunk !== undefined && chunk !== null && typeof chunk !== 'function')) {
        (probe.write as Method)(chunk, typeof encoding === 'string' ? encoding : undefined);
      }
    }
  }

  /** Makes the head look sent and, once it is, the response look ended. */
  private mask(): void {
    const { response } = this;
    if (response instanceof ServerResponse) (response as WithHead)._header = HEAD_IS_HELD;
    else Object.defineProperty(response, 'headersSent', { get: () => true, configurable: true });
    Object.defineProperty(response, 'writableEnded', { get: () => this.ended, configurable: true });
  }

  private unmask(): void {
    const { response } = this;
    if (response instanceof ServerResponse) (response as WithHead)._header = null;
    else Reflect.deleteProperty(response, 'headersSent');
    Reflect.deleteProperty(response, 'writableEnded');
  }

  private original(operation: Operation, args: unknown[]): unknown {
    return this.originals[operation].apply(this.response, args);
  }
}

function copyOf(argument: unknown): unknown {
  if (typeof argument !== 'object' || argument === null) return argument;
  if (Array.isArray(argument)) return argument.map(copyOf);
  return Object.fromEntries(Object.entries(argument).map(([name, value]) => [name, copyOf(value)]));
}
