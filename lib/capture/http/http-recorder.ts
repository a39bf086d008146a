import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { CaptureOptions } from '../capture-options.interface.js';
import { reportFailure } from '../capture-failure.js';
import type { CaptureFailureHandler } from '../capture-failure.js';
import type { Durability, EventRecorder } from '../event-recorder.port.js';
import type { RouteTable } from '../routes/route-table.js';
import { awaitAbandoned } from './abandoned-request.js';
import { asksApplication } from './application-code.js';
import type { CapturePolicy } from './capture-policy.js';
import { EndedExchanges } from './ended-exchanges.js';
import type { ExchangeBodies } from './exchange-bodies.js';
import type { ExchangeServices } from './exchange-services.js';
import { HeldResponse } from './held-response.js';
import type { HttpEventFactory } from './http-event.factory.js';
import { HttpExchange } from './http-exchange.js';
import { routedPath } from './http-platform.interface.js';
import type { RawRequest, RawResponse } from './http-platform.interface.js';
import type { OpenExchanges } from './open-exchanges.js';
import {
  isReceiptMissing,
  UNRECEIPTED_BODY,
  unreceiptedEvent,
  WITHHELD_BODY,
  withheldEvent,
} from './withheld-answer.js';

/** Follows each request to its end and makes sure that exactly one event comes of it. */
export class HttpRecorder {
  private routes: RouteTable | undefined;
  private readonly concluding = new Set<Promise<void>>();
  private readonly ended = new EndedExchanges((exchange) => this.guarded(() => this.finish(exchange)));
  /** Events must be recorded as soon as their requests are over. */
  private readonly isUrgent: boolean;

  constructor(
    private readonly options: Pick<CaptureOptions, 'http' | 'actor' | 'tenant' | 'auditAnonymous'>,
    private readonly exchanges: OpenExchanges,
    private readonly services: ExchangeServices,
    private readonly policy: CapturePolicy,
    private readonly bodies: ExchangeBodies,
    private readonly events: HttpEventFactory,
    private readonly recorder: EventRecorder,
    private readonly onFailure: CaptureFailureHandler,
    /** Told of every request that is over, before its own event is made. */
    private readonly onConcluded: (exchange: HttpExchange) => void,
  ) {
    this.isUrgent = recorder.isDurable === true || asksApplication(options);
  }

  /** Known once all modules are initialised; before it requests are recorded without their route. */
  useRoutes(routes: RouteTable): void {
    this.routes = routes;
  }

  /** The exchange of a request; begins it if nobody has yet. Never throws. */
  open(request: RawRequest, response: RawResponse): HttpExchange | undefined {
    const known = this.exchanges.get(request);
    if (known !== undefined) return known;
    try {
      const exchange = new HttpExchange(request, response, this.services);
      this.exchanges.add(exchange);
      response.on('close', () => this.closed(exchange));
      if (this.options.http.echoRequestId && !response.headersSent) {
        response.setHeader(this.options.http.requestIdHeader, exchange.requestId);
      }
      if (this.routes?.mayWait(exchange.method, exchange.path)) this.hold(exchange);
      return exchange;
    } catch (error) {
      this.fail(error, 'request');
      return undefined;
    }
  }

  /** Ends every exchange that is still open: the application is going down. Resolves when all events are recorded. */
  async closeAll(): Promise<void> {
    for (const exchange of this.exchanges.list()) this.end(exchange, !exchange.response.writableFinished);
    await this.whenIdle();
  }

  /** Resolves when no event of an ended request is still being put together. */
  async whenIdle(): Promise<void> {
    this.ended.flush();
    while (this.concluding.size > 0) await Promise.all(this.concluding);
  }

  /** Ends the exchange of a response that can't close by itself any more, because its connection has. */
  abandon(exchange: HttpExchange): void {
    this.guarded(() => this.closed(exchange));
  }

  private closed(exchange: HttpExchange): void {
    if (exchange.closed || exchange.concluded) return;
    exchange.closed = true;
    if (exchange.response.writableFinished) this.end(exchange, false);
    else if (!awaitAbandoned(exchange, () => this.end(exchange, true))) this.end(exchange, true);
  }

  private end(exchange: HttpExchange, aborted: boolean): void {
    if (exchange.concluded) return;
    exchange.aborted = aborted;
    exchange.finalStatus = aborted ? undefined : exchange.response.statusCode;
    this.conclude(exchange);
    // Code of the application is to run in the asynchronous context of its request, and what takes its time starts now.
    const isPlain = !this.isUrgent && !exchange.handler?.asksApplication && !exchange.isUpload && !aborted;
    if (isPlain) return this.ended.add(exchange);
    this.ended.flush();
    this.finish(exchange);
  }

  /** Nothing that comes later makes a second event. */
  private conclude(exchange: HttpExchange): void {
    exchange.conclude();
    this.exchanges.remove(exchange);
    this.guarded(() => exchange.onConcluded?.());
  }

  private finish(exchange: HttpExchange): void {
    const status = exchange.finalStatus;
    if (!this.concerns(exchange, status)) return;
    const settled = this.settle(exchange);
    if (settled === undefined) this.record(exchange, status);
    else this.track(settled.then(() => this.record(exchange, status)));
  }

  /** Whether an event is to be made of a concluded exchange. Never throws. */
  private concerns(exchange: HttpExchange, status: number | undefined): boolean {
    try {
      this.onConcluded(exchange);
      this.locate(exchange, status);
      if (!this.policy.records(exchange, status)) return false;
      this.bodies.atEnd(exchange);
      return true;
    } catch (error) {
      this.fail(error, 'request');
      return true;
    }
  }

  private record(exchange: HttpExchange, status: number | undefined): void {
    const event = this.eventOf(exchange, status);
    if (event === undefined) return;
    if (this.policy.durabilityOf(exchange.handler) === 'async') {
      this.guarded(() => this.recorder.record(event));
    } else {
      // The client left before there was an answer to hold back; the event is as dear as any other.
      this.track(this.seal(event, false).catch((error: unknown) => this.fail(error, 'seal')));
    }
  }

  /** The handler of a request that ended before Nest had chosen one, by what the router or else the path says. */
  private locate(exchange: HttpExchange, status: number | undefined): void {
    const { handler, method } = exchange;
    if (handler !== undefined || this.routes === undefined || status === 404) return;
    const routed = routedPath(exchange.platformRequest, exchange.isWrapped);
    if (routed !== undefined) exchange.handler = this.routes.find(method, routed);
    const isRefused = status === undefined || status >= 400;
    if (exchange.handler !== undefined || !(isRefused || this.policy.concerns(method, undefined))) return;
    const guess = this.routes.guess(method, exchange.path);
    // An answer that was given in the handler's place is not the handler's: only refusals are put down to its route.
    if (guess === undefined || !(isRefused || guess.facts.skip)) return;
    exchange.handler = guess.facts;
    exchange.guessedRoute = guess;
  }

  private settle(exchange: HttpExchange): Promise<void> | undefined {
    try {
      const settled = exchange.pending?.then(() => exchange.settle()) ?? exchange.settle();
      return settled?.catch((error: unknown) => this.fail(error, 'actor'));
    } catch (error) {
      this.fail(error, 'actor');
      return undefined;
    }
  }

  private eventOf(exchange: HttpExchange, status: number | undefined): AuditEvent | undefined {
    let event: AuditEvent;
    try {
      event = this.events.build(exchange, status);
    } catch (error) {
      this.fail(error, 'event');
      return this.events.reduce(exchange, status);
    }
    const isDropped =
      !this.options.auditAnonymous &&
      event.actor?.type === 'anonymous' &&
      event.outcome !== 'denied' &&
      !exchange.handler?.explicit;
    return isDropped ? undefined : event;
  }

  /** Keeps the answer back if, once its status is known, its event has to be sealed first. */
  private hold(exchange: HttpExchange): void {
    const held: HeldResponse = new HeldResponse(exchange.response, this.options.http.requestIdHeader, (status) => {
      // An answer to nobody: the exchange ends as an abandoned one when its response closes.
      if (exchange.concluded || exchange.closed || exchange.request.socket?.destroyed) return false;
      try {
        this.locate(exchange, status);
        const durability = this.policy.durabilityOf(exchange.handler);
        if (durability === 'async' || !this.policy.records(exchange, status)) return false;
        this.ended.flush();
        this.conclude(exchange);
        this.concerns(exchange, status);
        this.track(
          Promise.resolve(this.settle(exchange)).then(() => this.sealThenAnswer(exchange, status, held, durability)),
        );
        return true;
      } catch (error) {
        this.fail(error, 'response');
        return false;
      }
    });
  }

  private async sealThenAnswer(
    exchange: HttpExchange,
    status: number,
    held: HeldResponse,
    durability: Durability,
  ): Promise<void> {
    const isStrict = durability === 'strict';
    const event = this.eventOf(exchange, status);
    if (event === undefined) return held.release();
    if (isStrict && this.events.lacksTenant(event)) return this.withhold(event, 'tenant_missing', held);
    try {
      await this.seal(event, isStrict);
    } catch (error) {
      this.fail(error, 'seal');
      if (isStrict && isReceiptMissing(error)) {
        this.guarded(() => this.recorder.record(unreceiptedEvent(event, error)));
        return held.replace(UNRECEIPTED_BODY);
      }
      if (isStrict) return this.withhold(event, 'audit_unavailable', held);
    }
    held.release();
  }

  private withhold(event: AuditEvent, code: string, held: HeldResponse): void {
    this.guarded(() => this.recorder.record(withheldEvent(event, code)));
    held.replace(WITHHELD_BODY);
  }

  /** @param withdraw an answer that is withheld must not stand in the trail as given */
  private async seal(event: AuditEvent, withdraw: boolean): Promise<void> {
    await this.recorder.seal(event, { withdraw });
  }

  private track(work: Promise<void>): void {
    const tracked: Promise<void> = work
      .catch((error: unknown) => this.fail(error, 'event'))
      .finally(() => this.concluding.delete(tracked));
    this.concluding.add(tracked);
  }

  private guarded(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.fail(error, 'event');
    }
  }

  private fail(error: unknown, where: string): void {
    reportFailure(this.onFailure, error, where);
  }
}
