import { channel } from 'node:diagnostics_channel';
import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { AuditContext } from '../context/audit-context.js';
import type { HttpExchange } from './http-exchange.js';
import type { RawRequest, RawResponse } from './http-platform.interface.js';
import type { HttpRecorder } from './http-recorder.js';

/** Published by Node for every request that could be parsed, before anybody answers it. */
const REQUEST_START = 'http.server.request.start';

interface RequestStart {
  readonly request: RawRequest;
  readonly response: RawResponse;
  readonly server: Server;
}

type Emit = (event: string | symbol, ...args: unknown[]) => boolean;

/** Told of bytes that are no HTTP, or of a request head that never came to its end. */
export type MalformedHandler = (error: NodeJS.ErrnoException, socket: Socket) => void;

/**
 * Watches a Node server from the outside, so that nothing gets past: requests that Node itself refuses (no `Host`), that
 * a framework answers before any of its hooks (an undecodable path), and bytes that are no request at all.
 *
 * `clientError` is only overheard: a listener would switch off Node's own answer to it.
 */
export class ServerTap {
  private readonly original: Emit;
  private readonly started = (message: unknown): void => this.onStart(message as RequestStart);

  constructor(
    private readonly server: Server,
    private readonly recorder: HttpRecorder,
    private readonly context: AuditContext,
    private readonly onMalformed: MalformedHandler,
  ) {
    this.original = server.emit as Emit;
    const emit: Emit = (event, ...args) => this.emit(event, args);
    Object.defineProperty(server, 'emit', { value: emit, writable: true, configurable: true });
    channel(REQUEST_START).subscribe(this.started);
  }

  /** Leaves the server as it was found, unless somebody has wrapped it since. */
  detach(): void {
    channel(REQUEST_START).unsubscribe(this.started);
    this.detached = true;
  }

  private detached = false;

  private onStart({ request, response, server }: RequestStart): void {
    if (server === this.server) this.recorder.open(request, response);
  }

  private emit(event: string | symbol, args: unknown[]): boolean {
    if (this.detached) return this.forward(event, args);
    if (event === 'request') {
      const [request, response] = args as [RawRequest, RawResponse];
      const exchange = this.recorder.open(request, response);
      if (exchange === undefined) return this.forward(event, args);
      if (response.socket === null) this.watchQueued(exchange);
      return this.context.run(exchange, this.forwardRequest, request, response);
    }
    if (event === 'clientError') this.onMalformed(args[0] as NodeJS.ErrnoException, args[1] as Socket);
    return this.forward(event, args);
  }

  /**
   * A pipelined request waits behind others for its connection. If the connection closes meanwhile, its response never
   * does.
   */
  private watchQueued(exchange: HttpExchange): void {
    const { socket } = exchange.request;
    const lost = (): void => {
      // The response's own `close`, if there is one, comes in the same turn and knows better.
      setImmediate(() => this.recorder.abandon(exchange));
    };
    socket.once('close', lost);
    exchange.onConcluded = () => socket.removeListener('close', lost);
  }

  private readonly forwardRequest = (request: RawRequest, response: RawResponse): boolean =>
    this.original.call(this.server, 'request', request, response);

  private forward(event: string | symbol, args: unknown[]): boolean {
    return this.original.call(this.server, event, ...args);
  }
}
