import type { IncomingHttpHeaders } from 'node:http';
import type { Actor, TenantRef } from '../../event/audit-event.interface.js';
import type { SafeJson } from '../../event/safe-json.js';
import type { ResolvedCaller } from '../actor/actor-resolver.js';
import type { Caller } from '../actor/caller.interface.js';
import type { TokenVerdict } from '../actor/jwt-verification.interface.js';
import type { Annotation } from '../context/annotation.interface.js';
import type { AuditScope } from '../context/audit-scope.interface.js';
import type { HandlerFacts } from '../handler/handler-facts.js';
import type { GuessedRoute } from '../routes/route-table.js';
import type { ExchangeServices } from './exchange-services.js';
import type { PlatformReply, PlatformRequest, RawRequest, RawResponse } from './http-platform.interface.js';
import { pathOf } from './path-matcher.js';
import { cleanId } from './request-id.js';
import { parseTraceParent } from './trace-parent.js';
import type { TraceParent } from './trace-parent.js';
import type { UploadedFile } from './uploads.js';

/** How far a request has come within Nest. */
export type Stage = 'edge' | 'guards' | 'handler' | 'returned' | 'threw' | 'unsubscribed';

/**
 * One HTTP request from its first to its last byte, and the scope in which the application's code for it runs. All its
 * fields are set in the constructor, so that every exchange has one shape.
 */
export class HttpExchange implements AuditScope, Caller {
  readonly type = 'http';
  readonly hasEvent = true;
  readonly metadata = undefined;
  readonly root: AuditScope = this;
  readonly startedAt = performance.now();
  readonly target: string;
  /** The target without its query. */
  readonly path: string;
  /**
   * Read now, while the request still has the shape that Node gave it: Express gives each request another prototype, and
   * from then on V8 looks up every property of it anew, at 1,500 instructions a time.
   */
  readonly headers: IncomingHttpHeaders;
  /** Read now: a socket that is gone has no address any more. */
  readonly socketAddress: string | undefined;

  annotation: Annotation | undefined = undefined;
  changeCount = 0;
  transactionId: string | undefined = undefined;
  verdict: TokenVerdict | Promise<TokenVerdict> | undefined = undefined;

  platformRequest: PlatformRequest;
  platformReply: PlatformReply | undefined = undefined;
  handler: HandlerFacts | undefined = undefined;
  guessedRoute: GuessedRoute | undefined = undefined;
  stage: Stage = 'edge';
  error: unknown = undefined;
  /** Redacted when it was captured. */
  body: SafeJson | undefined = undefined;
  bodySeen = false;
  /** Known once the body has been looked at. */
  isUpload = false;
  uploadSeen = false;
  files: readonly UploadedFile[] | undefined = undefined;
  result: unknown = undefined;
  resultBody: SafeJson | undefined = undefined;
  /** A resource id found in the body or in the result while they were at hand. */
  resourceId: string | undefined = undefined;

  /** Set once: nothing that comes later makes a second event. */
  concluded = false;
  /** The response has closed; the handler may still be running. */
  closed = false;
  aborted = false;
  /** The method when it was concluded; a middleware may have changed it before. */
  private finalMethod: string | undefined = undefined;
  /** When it was concluded, by the monotonic clock. */
  endedAt = 0;
  /** Status of the answer; undefined when the client went away before it was complete. */
  finalStatus: number | undefined = undefined;
  /** An answer was given after the client had gone, so its status is known although it was never sent. */
  answered = false;
  /** Called when the handler is done, if somebody waits for it. */
  onHandlerDone: (() => void) | undefined = undefined;
  /** Work that the event has to wait for, e.g. the digest of an upload. */
  pending: Promise<void> | undefined = undefined;
  /** Removes what was attached elsewhere for this exchange. */
  onConcluded: (() => void) | undefined = undefined;

  /** Links of the list of open exchanges. */
  nextOpen: HttpExchange | undefined = undefined;
  previousOpen: HttpExchange | undefined = undefined;

  private ownRequestId: string | undefined = undefined;
  private trace: TraceParent | null | undefined = undefined;
  private caller: ResolvedCaller | undefined = undefined;
  private latestCaller: ResolvedCaller | undefined = undefined;
  private ownTenant: TenantRef | undefined = undefined;
  private ownSessionId: string | undefined = undefined;

  constructor(
    readonly request: RawRequest,
    readonly response: RawResponse,
    private readonly services: ExchangeServices,
  ) {
    this.target = request.url ?? '';
    this.path = pathOf(this.target);
    this.headers = request.headers;
    this.platformRequest = request as unknown as PlatformRequest;
    this.socketAddress = request.socket?.remoteAddress;
  }

  get method(): string {
    return this.finalMethod ?? this.request.method ?? '';
  }

  /** The request is over: nothing that comes later makes a second event. */
  conclude(): void {
    this.concluded = true;
    this.endedAt = performance.now();
    this.finalMethod = this.request.method;
  }

  /** Whether the platform has wrapped the request in one of its own, as Fastify does and Express does not. */
  get isWrapped(): boolean {
    return (this.platformRequest as unknown) !== this.request;
  }

  get requestId(): string {
    return (this.ownRequestId ??= cleanId(this.headers[this.services.requestIdHeader]) ?? this.services.newRequestId());
  }

  get correlationId(): string | undefined {
    return cleanId(this.headers[this.services.correlationIdHeader]);
  }

  get traceId(): string | undefined {
    return this.traceParent?.traceId;
  }

  get spanId(): string | undefined {
    return this.traceParent?.spanId;
  }

  get sessionId(): string | undefined {
    return (this.ownSessionId ??= this.services.sessionIdOf(this, this.resolvedCaller()));
  }

  /** Anonymous as long as nobody has been verified. */
  get actor(): Actor | undefined {
    return this.resolvedCaller()?.actor;
  }

  get tenant(): TenantRef | undefined {
    if (this.ownTenant !== undefined) return this.ownTenant;
    const caller = this.resolvedCaller();
    if (caller === undefined) return undefined;
    const tenant = this.services.tenants.resolve(this, caller);
    if (tenant instanceof Promise) return undefined;
    return (this.ownTenant = tenant);
  }

  property(name: string): unknown {
    try {
      const { platformRequest } = this;
      // To find that there is none is cheaper by asking than by reading.
      const value = name in platformRequest ? platformRequest[name] : undefined;
      return (value !== undefined && value !== null) || !this.isWrapped
        ? value
        : (this.request as unknown as PlatformRequest)[name];
    } catch {
      return undefined;
    }
  }

  settle(): void | Promise<void> {
    const caller = this.caller ?? this.services.actors.resolve(this);
    return caller instanceof Promise ? caller.then((known) => this.settleTenant(known)) : this.settleTenant(caller);
  }

  /** Parameters of the route, as far as there is a route. */
  get params(): Readonly<Record<string, unknown>> | undefined {
    if (this.guessedRoute !== undefined) return this.guessedRoute.params;
    const { params } = this.platformRequest;
    return this.handler !== undefined && typeof params === 'object' && params !== null ? params : undefined;
  }

  /** Who called, after {@link settle}. */
  get settledCaller(): ResolvedCaller | undefined {
    return this.caller ?? this.latestCaller;
  }

  /** For which tenant, after {@link settle}. */
  get settledTenant(): TenantRef | undefined {
    return this.ownTenant;
  }

  private settleTenant(caller: ResolvedCaller): void | Promise<void> {
    this.keep(caller);
    if (this.ownTenant !== undefined) return undefined;
    const tenant = this.services.tenants.resolve(this, caller);
    if (!(tenant instanceof Promise)) {
      this.ownTenant = tenant;
      return undefined;
    }
    return tenant.then((found) => {
      this.ownTenant = found;
    });
  }

  private resolvedCaller(): ResolvedCaller | undefined {
    if (this.caller !== undefined) return this.caller;
    const caller = this.services.actors.resolve(this);
    if (caller instanceof Promise) return this.latestCaller;
    this.keep(caller);
    return caller;
  }

  /** Before its guards have run, a request has no verified user yet: anonymous is no answer to keep. */
  private keep(caller: ResolvedCaller): void {
    this.latestCaller = caller;
    if (caller.actor.type !== 'anonymous' || this.concluded) this.caller = caller;
  }

  private get traceParent(): TraceParent | undefined {
    if (this.trace === undefined) this.trace = parseTraceParent(this.headers['traceparent']) ?? null;
    return this.trace ?? undefined;
  }
}
