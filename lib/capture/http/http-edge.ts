import type { Server } from 'node:http';
import type { AuditContext } from '../context/audit-context.js';
import type { PlatformReply, PlatformRequest, RawRequest, RawResponse } from './http-platform.interface.js';
import type { HttpRecorder } from './http-recorder.js';
import { ServerTap } from './server-tap.js';
import type { MalformedHandler } from './server-tap.js';

/** What is needed of Nest's HTTP adapter. */
export interface EdgeAdapter {
  getType(): string;
  getInstance(): unknown;
  getHttpServer(): unknown;
  use(middleware: (request: RawRequest, response: RawResponse, next: () => void) => void): unknown;
}

interface FastifyLike {
  addHook(
    name: 'onRequest',
    hook: (request: PlatformRequest, reply: FastifyReplyLike, done: () => void) => void,
  ): unknown;
}

interface FastifyReplyLike extends PlatformReply {
  readonly raw: RawResponse;
}

/** Puts the recorder where requests come in: before everything in the framework, and on the server itself. */
export class HttpEdge {
  private tap: ServerTap | undefined;

  constructor(
    private readonly recorder: HttpRecorder,
    private readonly context: AuditContext,
    private readonly onMalformed: MalformedHandler,
  ) {}

  /** As early as there is an adapter: what is mounted later runs within the request's context. */
  attach(adapter: EdgeAdapter): void {
    if (adapter.getType() === 'fastify') {
      (adapter.getInstance() as FastifyLike).addHook('onRequest', (request, reply, done) => {
        const exchange = this.recorder.open(request.raw as RawRequest, reply.raw);
        if (exchange !== undefined) {
          exchange.platformRequest = request;
          exchange.platformReply = reply;
        }
        this.within(exchange, done);
      });
      return;
    }
    adapter.use((request, response, next) => this.within(this.recorder.open(request, response), next));
  }

  /** Once the adapter has its server; before it listens. */
  watch(adapter: EdgeAdapter): void {
    const server = adapter.getHttpServer() as Server | undefined;
    if (this.tap !== undefined || typeof server?.emit !== 'function') return;
    this.tap = new ServerTap(server, this.recorder, this.context, this.onMalformed);
  }

  detach(): void {
    this.tap?.detach();
    this.tap = undefined;
  }

  private within(exchange: ReturnType<HttpRecorder['open']>, next: () => void): void {
    if (exchange === undefined || this.context.current()?.root === exchange) next();
    else this.context.run(exchange, next);
  }
}
