import type { OnModuleInit } from '@nestjs/common';
import type { ApplicationConfig, HttpAdapterHost, ModulesContainer } from '@nestjs/core';
import type { ValueSanitizer } from '../event/value-sanitizer.interface.js';
import { ActorResolver } from './actor/actor-resolver.js';
import { AuditGuard } from './audit.guard.js';
import { AuditInterceptor } from './audit.interceptor.js';
import type { CaptureOptions } from './capture-options.interface.js';
import type { CaptureFailureHandler } from './capture-failure.js';
import type { AuditContext } from './context/audit-context.js';
import type { EventRecorder } from './event-recorder.port.js';
import { HandlerRegistry } from './handler/handler-registry.js';
import { BodySnapshot } from './http/body-snapshot.js';
import { CapturePolicy } from './http/capture-policy.js';
import { ExchangeBodies } from './http/exchange-bodies.js';
import type { ExchangeServices } from './http/exchange-services.js';
import { HttpEdge } from './http/http-edge.js';
import type { EdgeAdapter } from './http/http-edge.js';
import { HttpEventFactory } from './http/http-event.factory.js';
import { HttpObserver } from './http/http-observer.js';
import { HttpRecorder } from './http/http-recorder.js';
import { malformedRequestEvent } from './http/malformed-request.js';
import { OpenExchanges } from './http/open-exchanges.js';
import { EntryMark } from './interception/entry-mark.js';
import { createExceptionProbe } from './interception/exception-probe.js';
import { hasOtherContexts, needsInterceptor } from './interception/interceptor-need.js';
import { OperationEventFactory } from './operations/operation-event.factory.js';
import { OperationObserver } from './operations/operation-observer.js';
import { RequestIds } from './request-ids.js';
import { RouteScanner } from './routes/route-scanner.js';
import { RouteTable } from './routes/route-table.js';
import type { Route } from './routes/route-table.js';
import { hashedSessionId } from './session-id.js';
import { TenantResolver } from './tenant/tenant-resolver.js';

/** What the capture needs from the rest of the module. */
export interface CaptureParts {
  readonly host: HttpAdapterHost;
  readonly application: ApplicationConfig;
  readonly modules: ModulesContainer;
  readonly context: AuditContext;
  readonly options: CaptureOptions;
  readonly recorder: EventRecorder;
  readonly sanitizer: ValueSanitizer;
  readonly onFailure: CaptureFailureHandler;
}

/**
 * Builds the capture and hooks it into the application while its providers are made: that is before the body parsers are
 * mounted and before any other global guard or interceptor is registered, so that nothing comes before it.
 */
export class CaptureRuntime implements OnModuleInit {
  private readonly registry = new HandlerRegistry();
  private readonly exchanges = new OpenExchanges();
  private readonly http: HttpRecorder;
  private readonly operations: OperationObserver;
  private readonly edge: HttpEdge;
  private readonly observer: HttpObserver;
  private readonly interceptor: AuditInterceptor;
  private readonly entryMark: EntryMark;
  private routes: readonly Route[] = [];

  /** @throws when the configured key of `actor.jwt` can't be read */
  constructor(private readonly parts: CaptureParts) {
    const { options, recorder, sanitizer, onFailure, context } = parts;
    const policy = new CapturePolicy(options);
    const services = createServices(parts);
    const bodies = new BodySnapshot(sanitizer, options.http.maxBodyBytes, onFailure);
    const exchangeBodies = new ExchangeBodies(options, bodies, onFailure);
    const operationEvents = new OperationEventFactory(options, bodies, onFailure);
    this.operations = new OperationObserver(
      options,
      context,
      this.exchanges,
      this.registry,
      services,
      bodies,
      operationEvents,
      recorder,
      onFailure,
    );
    this.http = new HttpRecorder(
      options,
      this.exchanges,
      services,
      policy,
      exchangeBodies,
      new HttpEventFactory(options, sanitizer, onFailure),
      recorder,
      onFailure,
      (exchange) => this.operations.concludeRefused(exchange),
    );
    this.edge = new HttpEdge(this.http, context, (error, socket) => {
      const event = options.http.enabled ? malformedRequestEvent(error, socket) : undefined;
      if (event !== undefined) recorder.record(event);
    });
    this.observer = new HttpObserver(context, this.exchanges, this.registry, policy, exchangeBodies);
    this.interceptor = new AuditInterceptor(this.observer, this.operations);
    this.entryMark = new EntryMark((execution) => this.observer.atHandler(execution));
    parts.application.addGlobalGuard(new AuditGuard(this.observer, this.operations));
    if (hasOtherContexts(parts.modules)) parts.application.addGlobalInterceptor(this.interceptor);
    parts.host.init$.subscribe(() => {
      if (parts.host.httpAdapter) this.edge.attach(parts.host.httpAdapter as unknown as EdgeAdapter);
    });
  }

  /**
   * To be called from the `configure()` of a module: all global guards, interceptors and filters of the application are
   * known by then, and no route is registered yet.
   */
  beforeRoutes(): void {
    const { application, modules, options } = this.parts;
    this.routes = new RouteScanner(modules, application, this.registry).scan();
    const handlers = this.routes.map(({ facts }) => facts);
    this.observer.hasInterceptor = needsInterceptor(application, modules, handlers, options);
    if (this.observer.hasInterceptor) this.beOutermostInterceptor();
    else this.entryMark.put(handlers.map(({ handler }) => handler));
    // Of the global filters the last is asked first.
    application.addGlobalFilter(createExceptionProbe((exception) => this.observer.onException(exception)));
  }

  private beOutermostInterceptor(): void {
    const interceptors = this.parts.application.getGlobalInterceptors();
    if (!interceptors.includes(this.interceptor)) interceptors.unshift(this.interceptor);
  }

  /** Whether an interceptor is registered; decided by {@link beforeRoutes}. */
  get hasInterceptor(): boolean {
    return this.observer.hasInterceptor;
  }

  onModuleInit(): void {
    const { host, options } = this.parts;
    if (!host.httpAdapter) return;
    this.entryMark.remove();
    this.http.useRoutes(new RouteTable(this.routes, options.http.enabled ? options.durability : 'async'));
    this.edge.watch(host.httpAdapter as unknown as EdgeAdapter);
  }

  /**
   * Resolves when no request is open, but for the one that this is called in, and every one that is over has given its
   * event to the recorder.
   */
  async whenIdle(): Promise<void> {
    await this.exchanges.whenEmpty(this.parts.context.current()?.root);
    await this.http.whenIdle();
    await this.operations.whenIdle();
  }

  /**
   * Ends the capture: requests that are still open are recorded as abandoned. To be called when the server is closed,
   * two event-loop turns after `onApplicationShutdown` has begun, because only then the last responses have closed.
   */
  async close(): Promise<void> {
    this.edge.detach();
    await this.http.closeAll();
    await this.operations.whenIdle();
  }
}

function createServices({ options, onFailure }: CaptureParts): ExchangeServices {
  const { http, actor, tenant, actorTypeAliases } = options;
  const ids = new RequestIds();
  return {
    actors: new ActorResolver(actor, actorTypeAliases, onFailure),
    tenants: new TenantResolver(tenant, actor.userProperty, onFailure),
    requestIdHeader: http.requestIdHeader,
    correlationIdHeader: http.correlationIdHeader,
    newRequestId: () => ids.make(),
    sessionIdOf: hashedSessionId,
  };
}
