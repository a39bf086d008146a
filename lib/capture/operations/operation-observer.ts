import { ServiceUnavailableException } from '@nestjs/common';
import type { CallHandler, ExecutionContext } from '@nestjs/common';
import { Observable } from 'rxjs';
import type { Subscriber } from 'rxjs';
import type { CaptureOptions } from '../capture-options.interface.js';
import { reportFailure } from '../capture-failure.js';
import type { CaptureFailureHandler } from '../capture-failure.js';
import type { AuditContext } from '../context/audit-context.js';
import type { Durability, EventRecorder } from '../event-recorder.port.js';
import type { ControllerClass, HandlerFacts, HandlerFunction } from '../handler/handler-facts.js';
import type { HandlerRegistry } from '../handler/handler-registry.js';
import type { BodySnapshot } from '../http/body-snapshot.js';
import type { ExchangeServices } from '../http/exchange-services.js';
import type { HttpExchange } from '../http/http-exchange.js';
import { rawOf } from '../http/http-platform.interface.js';
import type { PlatformRequest } from '../http/http-platform.interface.js';
import type { OpenExchanges } from '../http/open-exchanges.js';
import type { OperationEventFactory } from './operation-event.factory.js';
import { operationSourceOf } from './operation-source.js';
import type { OperationSource } from './operation-source.js';
import { Operation } from './operation.js';

/** Records GraphQL operations, messages and socket events, each with its own event. */
export class OperationObserver {
  private readonly started = new WeakMap<object, Operation>();
  private readonly carried = new WeakMap<HttpExchange, Operation[]>();
  private readonly recording = new Set<Promise<void>>();

  constructor(
    private readonly options: Pick<CaptureOptions, 'http' | 'durability'>,
    private readonly context: AuditContext,
    private readonly exchanges: OpenExchanges,
    private readonly registry: HandlerRegistry,
    private readonly services: ExchangeServices,
    private readonly bodies: BodySnapshot,
    private readonly events: OperationEventFactory,
    private readonly recorder: EventRecorder,
    private readonly onFailure: CaptureFailureHandler,
  ) {}

  /**
   * Notes a GraphQL operation before any other guard sees it: when its HTTP request ends and the operation has not
   * come to the interceptor, a guard has refused it.
   */
  atGuards(context: ExecutionContext): void {
    const operation = this.begin(context);
    if (operation === undefined) return;
    const { key } = operation.source;
    const exchange = this.exchangeOf(operation.source);
    if (key === undefined || exchange === undefined) return;
    this.started.set(key, operation);
    const carried = this.carried.get(exchange);
    if (carried === undefined) this.carried.set(exchange, [operation]);
    else carried.push(operation);
  }

  around(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const operation = this.enter(context);
    if (operation === undefined) return next.handle();
    const durability = operation.handler.options.durability ?? this.options.durability;
    return new Observable<unknown>((subscriber) => {
      const handled = this.context.run(operation, () => next.handle());
      return durability === 'async'
        ? this.follow(handled, subscriber, operation)
        : this.followHolding(handled, subscriber, operation, durability);
    });
  }

  /** Records the operations of an HTTP request that their guards have refused. */
  concludeRefused(exchange: HttpExchange): void {
    if (exchange.aborted) return;
    for (const operation of this.carried.get(exchange) ?? []) {
      if (operation.stage !== 'guards') continue;
      this.captureInput(operation);
      this.record(operation);
    }
  }

  /** Resolves when no event is still being put together. */
  async whenIdle(): Promise<void> {
    while (this.recording.size > 0) await Promise.all(this.recording);
  }

  private enter(context: ExecutionContext): Operation | undefined {
    try {
      const operation = this.known(context) ?? this.begin(context);
      if (operation === undefined) return undefined;
      operation.stage = 'handler';
      this.captureInput(operation);
      return operation;
    } catch (error) {
      reportFailure(this.onFailure, error, 'operation');
      return undefined;
    }
  }

  private known(context: ExecutionContext): Operation | undefined {
    if (context.getType<string>() !== 'graphql') return undefined;
    const key = context.getArgByIndex<object | undefined>(3);
    return typeof key === 'object' && key !== null ? this.started.get(key) : undefined;
  }

  private begin(context: ExecutionContext): Operation | undefined {
    const source = operationSourceOf(context);
    if (source === undefined) return undefined;
    const handler = this.registry.get(
      context.getClass() as ControllerClass,
      context.getHandler() as unknown as HandlerFunction,
    );
    if (!isRecorded(source, handler)) return undefined;
    const exchange = this.exchangeOf(source);
    const outer = exchange ?? this.context.current();
    const requestId = outer?.requestId === undefined ? this.services.newRequestId() : undefined;
    return new Operation(source, handler, outer, exchange, this.services.actors, this.services.tenants, requestId);
  }

  private exchangeOf({ kind, request }: OperationSource): HttpExchange | undefined {
    if (kind !== 'graphql' || typeof request !== 'object' || request === null) return undefined;
    return this.exchanges.get(rawOf(request as PlatformRequest));
  }

  private captureInput(operation: Operation): void {
    const { handler, source } = operation;
    const isWanted = handler.options.captureRequest ?? this.options.http.captureRequest;
    if (isWanted && source.input !== undefined) operation.input = this.bodies.take(source.input, 'request.body');
  }

  private follow(handled: Observable<unknown>, subscriber: Subscriber<unknown>, operation: Operation): () => void {
    const subscription = handled.subscribe({
      next: (value) => {
        operation.result = value;
        operation.emitted++;
        subscriber.next(value);
      },
      error: (error: unknown) => {
        operation.error = error;
        operation.stage = 'threw';
        this.record(operation);
        subscriber.error(error);
      },
      complete: () => {
        operation.stage = 'returned';
        this.record(operation);
        subscriber.complete();
      },
    });
    return () => {
      subscription.unsubscribe();
      this.recordUnsubscribed(operation);
    };
  }

  /** Lets nothing out before the event is sealed: what the handler emits is kept until it completes. */
  private followHolding(
    handled: Observable<unknown>,
    subscriber: Subscriber<unknown>,
    operation: Operation,
    durability: Durability,
  ): () => void {
    const values: unknown[] = [];
    const answer = (work: () => void): void => {
      this.seal(operation).then(work, (error: unknown) => {
        reportFailure(this.onFailure, error, 'seal');
        if (durability !== 'strict') return work();
        subscriber.error(new ServiceUnavailableException('The operation could not be recorded in the audit trail.'));
      });
    };
    const subscription = handled.subscribe({
      next: (value) => {
        operation.result = value;
        operation.emitted++;
        values.push(value);
      },
      error: (error: unknown) => {
        operation.error = error;
        operation.stage = 'threw';
        answer(() => subscriber.error(error));
      },
      complete: () => {
        operation.stage = 'returned';
        answer(() => {
          for (const value of values) subscriber.next(value);
          subscriber.complete();
        });
      },
    });
    return () => {
      subscription.unsubscribe();
      this.recordUnsubscribed(operation);
    };
  }

  private recordUnsubscribed(operation: Operation): void {
    if (operation.stage !== 'handler') return;
    operation.stage = 'unsubscribed';
    this.record(operation);
  }

  private record(operation: Operation): void {
    const recorded: Promise<void> = operation
      .settle()
      .catch((error: unknown) => reportFailure(this.onFailure, error, 'actor'))
      .then(() => this.recorder.record(this.events.build(operation)))
      .catch((error: unknown) => reportFailure(this.onFailure, error, 'event'))
      .finally(() => this.recording.delete(recorded));
    this.recording.add(recorded);
  }

  private async seal(operation: Operation): Promise<void> {
    await operation.settle().catch((error: unknown) => reportFailure(this.onFailure, error, 'actor'));
    await this.recorder.seal(this.events.build(operation));
  }
}

/** Mutations and messages are recorded; queries, subscriptions and socket events, which may be many, when asked for. */
function isRecorded({ kind, graphqlOperation }: OperationSource, { skip, explicit }: HandlerFacts): boolean {
  if (skip) return false;
  return explicit || kind === 'rpc' || (kind === 'graphql' && graphqlOperation === 'mutation');
}
