import type {
  Actor,
  AuditEvent,
  EventContext,
  EventReason,
  HttpFacts,
  Outcome,
  Severity,
} from '../../event/audit-event.interface.js';
import { formatTimestamp, wallClock } from '../../event/timestamp.js';
import type { ValueSanitizer } from '../../event/value-sanitizer.interface.js';
import type { Annotation } from '../context/annotation.interface.js';
import type { CaptureOptions } from '../capture-options.interface.js';
import { reportFailure } from '../capture-failure.js';
import type { CaptureFailureHandler } from '../capture-failure.js';
import { errorFacts } from '../error-facts.js';
import { contextOf } from '../context/audit-context.js';
import type { AuditRouteContext } from '../decorators/audit-route-options.interface.js';
import { defaultAction, unroutedAction } from '../handler/default-action.js';
import { locateResourceId } from '../handler/resource-locator.js';
import { lacksTenant, withoutTenant } from '../tenant/missing-tenant.js';
import { addressOf, claimedChain } from './client-address.js';
import { outcomeOf, reasonOf, severityOf, statusOf } from './exchange-outcome.js';
import type { HttpExchange } from './http-exchange.js';
import { routedPath } from './http-platform.interface.js';
import { cleanId } from './request-id.js';
import { PathConcealer } from './path-concealer.js';
import { requestSection } from './request-section.js';
import { UserAgents } from './user-agents.js';

const ANONYMOUS: Actor = { type: 'anonymous' };
const MAX_CLAIMED_ID_LENGTH = 256;
const TOO_MANY_REQUESTS = 429;
const TRAIL_HEADER = 'x-audit-trail';
const MAX_TRAIL_LENGTH = 256;

type Mutable<Value> = { -readonly [Key in keyof Value]: Value[Key] };

type Params = HttpExchange['params'];

/** What came of a request. */
interface Verdict {
  readonly outcome: Outcome;
  readonly reason: EventReason | undefined;
}

/** Puts the event of a finished request together. */
export class HttpEventFactory {
  private readonly paths: PathConcealer;
  private readonly userAgents: UserAgents;

  constructor(
    private readonly options: Pick<CaptureOptions, 'http' | 'tenant'>,
    sanitizer: ValueSanitizer,
    private readonly onFailure: CaptureFailureHandler,
  ) {
    this.paths = new PathConcealer(sanitizer);
    this.userAgents = new UserAgents(sanitizer);
  }

  /**
   * @param exchange settled, so that its actor and tenant are known
   * @param status undefined when the client went away before the response was complete
   */
  build(exchange: HttpExchange, status: number | undefined): AuditEvent {
    const durationMs = exchange.endedAt - exchange.startedAt;
    const { annotation } = exchange;
    const { outcome, reason } = this.verdictOf(exchange, status);
    const { params } = exchange;
    const resource = this.resourceOf(exchange, status, params);
    const request = requestSection(exchange, params, this.options);
    const metadata = this.metadataOf(exchange, status, annotation);
    // All members in one literal: events of one shape are read faster than those that grow member by member.
    const event: AuditEvent = {
      action: annotation?.action ?? actionOf(exchange),
      outcome,
      severity: this.severityOf(exchange, status, outcome),
      actor: exchange.settledCaller?.actor ?? ANONYMOUS,
      occurredAt: formatTimestamp(wallClock() - (performance.now() - exchange.startedAt)),
      context: eventContextOf(exchange, this.options.http.requestIdHeader),
      http: this.httpFactsOf(exchange, status, durationMs, params),
      client: this.clientSection(exchange),
      tenant: exchange.settledTenant,
      resource: annotation?.resource ?? resource,
      reason: annotation?.reason ?? reason,
      request,
      response: exchange.resultBody === undefined ? undefined : { body: exchange.resultBody },
      error: exchange.error === undefined ? undefined : errorFacts(exchange.error),
      metadata,
    };
    return this.lacksTenant(event)
      ? withoutTenant(event, (error) => reportFailure(this.onFailure, error, 'tenant'))
      : event;
  }

  /** What is left when an event could not be put together: who knows why, but not that it happened. */
  reduce(exchange: HttpExchange, status: number | undefined): AuditEvent {
    return {
      action: unroutedAction(exchange.method),
      outcome: status === undefined ? 'failure' : outcomeOf(status, false),
      actor: ANONYMOUS,
      context: { requestId: exchange.requestId },
      http: { method: exchange.method, ...(status === undefined ? { aborted: true } : { status }) },
      flags: ['degraded'],
    };
  }

  /** Whether `tenant.required` refuses the event as it stands. */
  lacksTenant(event: AuditEvent): boolean {
    return this.options.tenant.required && lacksTenant(event);
  }

  private verdictOf(exchange: HttpExchange, status: number | undefined): Verdict {
    const own = exchange.annotation?.outcome;
    const found = judge(exchange, status);
    return own === undefined ? found : { outcome: own, reason: found.reason };
  }

  private severityOf(exchange: HttpExchange, status: number | undefined, outcome: Outcome): Severity {
    const given = exchange.annotation?.severity ?? exchange.handler?.options.severity;
    if (given !== undefined) return given;
    const { severity } = this.options.http;
    if (severity === undefined) return severityOf(status, outcome);
    return this.guarded('http.severity', () => severity(status, outcome)) ?? severityOf(status, outcome);
  }

  private resourceOf(exchange: HttpExchange, status: number | undefined, params: Params): AuditEvent['resource'] {
    const { handler } = exchange;
    if (handler === undefined) return undefined;
    const id =
      exchange.resourceId ??
      this.guarded('resource id', () =>
        locateResourceId(
          handler.options.resource?.id,
          () => params,
          () => routeContextOf(exchange, status),
        ),
      );
    return id === undefined ? { type: handler.resourceType } : { type: handler.resourceType, id };
  }

  private metadataOf(
    exchange: HttpExchange,
    status: number | undefined,
    annotation: Annotation | undefined,
  ): AuditEvent['metadata'] {
    const given = exchange.handler?.options.metadata;
    const own =
      typeof given === 'function' ? this.guarded('metadata', () => given(routeContextOf(exchange, status))) : given;
    if (annotation?.metadata === undefined) return own;
    return own === undefined ? annotation.metadata : { ...own, ...annotation.metadata };
  }

  private httpFactsOf(
    exchange: HttpExchange,
    status: number | undefined,
    durationMs: number,
    params: Params,
  ): HttpFacts {
    const facts: Mutable<HttpFacts> = {
      method: exchange.method,
      path: this.paths.conceal(exchange.path, params),
      durationMs,
    };
    const route = routeOf(exchange);
    if (route !== undefined) facts.route = route;
    if (status !== undefined) facts.status = status;
    if (exchange.aborted) facts.aborted = true;
    if (exchange.changeCount > 0) facts.changes = exchange.changeCount;
    const requestBytes = lengthOf(exchange.headers['content-length']);
    if (requestBytes !== undefined) facts.requestBytes = requestBytes;
    const responseBytes = exchange.aborted ? undefined : responseBytesOf(exchange, status);
    if (responseBytes !== undefined) facts.responseBytes = responseBytes;
    return facts;
  }

  private clientSection(exchange: HttpExchange): Record<string, unknown> {
    const { headers, platformRequest, socketAddress, settledCaller } = exchange;
    const client: Record<string, unknown> = {};
    const socketIp = addressOf(socketAddress);
    const ip = addressOf(platformRequest.ip) ?? socketIp;
    if (ip !== undefined) client['ip'] = ip;
    if (socketIp !== undefined && socketIp !== ip) client['socketIp'] = socketIp;
    const userAgent = headers['user-agent'];
    if (userAgent !== undefined) client['userAgent'] = this.userAgents.safe(userAgent);
    const chain = claimedChain(headers['x-forwarded-for']);
    if (chain !== undefined) client['forwardedFor'] = chain;
    if (settledCaller?.earlierActors !== undefined) client['earlierActors'] = settledCaller.earlierActors;
    return client;
  }

  private guarded<Result>(where: string, work: () => Result): Result | undefined {
    try {
      return work();
    } catch (error) {
      reportFailure(this.onFailure, error, where);
      return undefined;
    }
  }
}

export function routeContextOf(exchange: HttpExchange, status: number | undefined): AuditRouteContext {
  const { platformRequest, result } = exchange;
  return {
    request: platformRequest,
    params: exchange.params ?? {},
    body: platformRequest.body,
    response: result,
    status,
  };
}

function actionOf({ handler, method }: HttpExchange): string {
  if (handler === undefined) return unroutedAction(method);
  return handler.options.action ?? defaultAction(handler.resourceType, method);
}

function judge(exchange: HttpExchange, status: number | undefined): Verdict {
  // Before the guards nobody refuses but a limiter: what else goes wrong there is the request's own fault.
  const refused =
    exchange.stage === 'guards' || (exchange.stage === 'edge' && exchange.response.statusCode === TOO_MANY_REQUESTS);
  if (exchange.error !== undefined && (status === undefined || status < 400)) {
    // A filter may answer an exception with a redirect or a 200: what the handler did counts.
    const meant = statusOf(exchange.error) ?? 500;
    return { outcome: meant < 400 ? 'failure' : outcomeOf(meant, refused), reason: codeOf(reasonOf(meant) ?? 'error') };
  }
  if (status !== undefined) return { outcome: outcomeOf(status, refused), reason: codeOf(reasonOf(status)) };
  const { statusCode, headersSent } = exchange.response;
  // An answer had begun, e.g. a stream that the client has left: the handler had done its part.
  if (headersSent || exchange.answered)
    return { outcome: outcomeOf(statusCode, refused), reason: codeOf(reasonOf(statusCode)) };
  if (exchange.stage === 'returned') return { outcome: 'success', reason: undefined };
  return { outcome: 'failure', reason: codeOf('aborted') };
}

function codeOf(code: string | undefined): EventReason | undefined {
  return code === undefined ? undefined : { code };
}

/** A caller may say which outside ledger's trail its request belongs to; the route's own word weighs more. */
function claimedTrail(header: string | string[] | undefined): string | undefined {
  const trail = typeof header === 'string' ? header.trim().slice(0, MAX_TRAIL_LENGTH) : '';
  return trail === '' ? undefined : trail;
}

function eventContextOf(exchange: HttpExchange, requestIdHeader: string): EventContext {
  const context = contextOf(exchange) as Mutable<EventContext>;
  const claimed = exchange.headers[requestIdHeader];
  if (claimed !== undefined && cleanId(claimed) === undefined) {
    context.claimedRequestId = String(claimed).slice(0, MAX_CLAIMED_ID_LENGTH);
  }
  const trail = exchange.handler?.options.trail ?? claimedTrail(exchange.headers[TRAIL_HEADER]);
  if (trail !== undefined) context.trail = trail;
  return context;
}

function routeOf({ platformRequest, isWrapped, handler, guessedRoute }: HttpExchange): string | undefined {
  return guessedRoute?.path ?? (handler === undefined ? undefined : routedPath(platformRequest, isWrapped));
}

function responseBytesOf(
  { response, platformReply, method }: HttpExchange,
  status: number | undefined,
): number | undefined {
  if (method === 'HEAD' || status === 304 || status === 204) return undefined;
  // Fastify hands its headers to Node only when it sends them, where they can't be read back.
  return lengthOf(response.getHeader('content-length') ?? platformReply?.getHeader?.('content-length'));
}

function lengthOf(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const length = Number(value);
  return Number.isSafeInteger(length) && length >= 0 ? length : undefined;
}
