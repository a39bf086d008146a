import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Subscriber } from 'rxjs';
import type { AuditContext } from '../context/audit-context.js';
import type { ControllerClass, HandlerFunction } from '../handler/handler-facts.js';
import type { HandlerRegistry } from '../handler/handler-registry.js';
import type { CapturePolicy } from './capture-policy.js';
import type { ExchangeBodies } from './exchange-bodies.js';
import { HttpExchange } from './http-exchange.js';
import type { Stage } from './http-exchange.js';
import { rawOf } from './http-platform.interface.js';
import type { PlatformRequest, RawRequest } from './http-platform.interface.js';
import type { OpenExchanges } from './open-exchanges.js';

/** Enriches an HTTP exchange with what only Nest knows: its handler, the parsed body, what the handler made of it. */
export class HttpObserver {
  /** False when no interceptor is registered; then guards and exceptions tell what can be told. */
  hasInterceptor = true;

  constructor(
    private readonly context: AuditContext,
    private readonly exchanges: OpenExchanges,
    private readonly registry: HandlerRegistry,
    private readonly policy: CapturePolicy,
    private readonly bodies: ExchangeBodies,
  ) {}

  /** Called before any other guard: from here on it is known which handler the request is for. */
  atGuards(context: ExecutionContext): void {
    const exchange = this.exchangeOf(context);
    if (exchange === undefined || exchange.stage !== 'edge') return;
    exchange.handler = this.registry.get(
      context.getClass() as ControllerClass,
      context.getHandler() as unknown as HandlerFunction,
    );
    exchange.stage = 'guards';
    if (this.hasInterceptor || !this.policy.concerns(exchange.method, exchange.handler)) return;
    this.bodies.atEntry(exchange);
  }

  /** Called after all other guards of a handler. */
  atHandler(context: ExecutionContext): void {
    const exchange = this.exchangeOf(context);
    if (exchange?.stage === 'guards') exchange.stage = 'handler';
  }

  /** Whatever is thrown on the way of a request, and whoever handles it then. */
  onException(exception: unknown): void {
    const exchange = this.context.current()?.root;
    if (!(exchange instanceof HttpExchange) || exchange.concluded) return;
    exchange.error = exception;
    if (exchange.stage === 'handler') exchange.stage = 'threw';
  }

  /** Called around all other interceptors. */
  around(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const exchange = this.exchangeOf(context);
    // In any other stage this is not the request's own handler, but something that it calls.
    if (exchange === undefined || exchange.stage !== 'guards') return next.handle();
    exchange.stage = 'handler';
    const isConcerned = this.policy.concerns(exchange.method, exchange.handler);
    if (isConcerned) this.bodies.atEntry(exchange);
    const handled = next.handle();
    return new Observable<unknown>((subscriber) => this.follow(handled, subscriber, exchange, isConcerned));
  }

  private follow(
    handled: Observable<unknown>,
    subscriber: Subscriber<unknown>,
    exchange: HttpExchange,
    isConcerned: boolean,
  ): () => void {
    const keepsResult = isConcerned && exchange.handler?.isSse !== true;
    const subscription = handled.subscribe({
      next: (value) => {
        if (keepsResult) exchange.result = value;
        subscriber.next(value);
      },
      error: (error: unknown) => {
        exchange.error = error;
        this.done(exchange, 'threw', isConcerned);
        subscriber.error(error);
      },
      complete: () => {
        this.done(exchange, 'returned', isConcerned);
        subscriber.complete();
      },
    });
    return () => {
      subscription.unsubscribe();
      if (exchange.stage === 'handler') this.done(exchange, 'unsubscribed', isConcerned);
    };
  }

  private done(exchange: HttpExchange, stage: Stage, isConcerned: boolean): void {
    exchange.stage = stage;
    if (isConcerned) this.bodies.atExit(exchange);
    exchange.onHandlerDone?.();
  }

  private exchangeOf(context: ExecutionContext): HttpExchange | undefined {
    const request = context.getArgByIndex<PlatformRequest | undefined>(0);
    if (typeof request !== 'object' || request === null) return undefined;
    // Express's request is the raw one and has no `raw`: asking for it costs more than looking for the exchange.
    const exchange = this.exchanges.get(request as unknown as RawRequest) ?? this.exchanges.get(rawOf(request));
    if (exchange !== undefined) exchange.platformRequest = request;
    return exchange;
  }
}
