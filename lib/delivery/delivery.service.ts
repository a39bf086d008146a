import type { Observable } from 'rxjs';
import { SinkAnchor, anchorsAmong } from './anchors/sink.anchor.js';
import type { ConfiguredSink } from './audit-sink.interface.js';
import { systemClock } from './delivery-clock.js';
import type { DeliveryItem } from './delivery-item.js';
import { DeliveryConfigurationError, RequiredDeliveryError } from './delivery.errors.js';
import type { ReceiptFilter, RedriveSelection } from './delivery-store.port.js';
import { DeliveryDispatcher } from './dispatch/delivery-dispatcher.js';
import type { DispatchParts } from './dispatch/dispatch-parts.js';
import { bindSink } from './dispatch/sink-binding.js';
import type { SinkBinding } from './dispatch/sink-binding.js';
import type { FlushSchedule } from './flush-schedule.port.js';
import { SealedEvents } from './in-process/sealed-events.js';
import { safeErrorText } from './safe-error-text.js';
import { sinksOff } from './service/mode.js';
import type { DeliveryMode } from './service/mode.js';
import type {
  DeliveryStatus,
  EventDelivery,
  FlushFigures,
  FlushResult,
  SinkStatus,
} from './service/delivery-status.interface.js';
import { PendingFlush } from './service/pending-flush.js';
import { RemoteSpool } from './service/remote-spool.js';
import type { SpoolStore } from './service/remote-spool.js';
import { RequiredReceipts } from './service/required-receipts.js';
import type { SealedReference } from './service/required-receipts.js';
import { SinkQueries } from './service/sink-queries.js';
import type { DeliveryPage } from './service/sink-queries.js';
import { sinkTestEvent } from './service/sink-test.js';

export interface DeliveryServiceOptions {
  /** @default 'local' */
  readonly mode?: DeliveryMode;
  readonly sinks?: readonly ConfiguredSink[];
  /** How often to look for events that other processes sealed, in milliseconds; 0 = only when told. @default 1000 */
  readonly flushEveryMs?: number;
  /** How long a process that died keeps its sinks to itself, in milliseconds. @default 15000 */
  readonly leaseTtlMs?: number;
}

/** What the service works with; what is not given has a sensible form. */
export interface DeliveryServiceParts
  extends
    Pick<DispatchParts, 'log' | 'store' | 'leases' | 'holder'>,
    Partial<Pick<DispatchParts, 'clock' | 'random' | 'onAlarm'>> {
  /** Seals an audit event about delivery itself. Needed for {@link DeliveryService.testSink}. */
  readonly record?: (event: Parameters<DispatchParts['record']>[0]) => Promise<SealedReference>;
  /** Runs the look every `flushEveryMs`; without it each sink has a timer of its own. */
  readonly schedule?: FlushSchedule;
  /** Where mode `remote` lets go of the content that the remote has; without it the log keeps everything. */
  readonly spool?: SpoolStore;
}

const DEFAULT_FLUSH_MS = 1000;
/** Under which the application finds the schedule, where it has a registry of schedules. */
const FLUSH_JOB = 'audit:flush';
const DEFAULT_LEASE_MS = 15_000;
/** Under load many appends a second give hints; nobody notices so short a wait. */
const COALESCE_MS = 20;
const DEFAULT_FLUSH_TIMEOUT_MS = 30_000;
const DEFAULT_PAGE = 100;

/**
 * Delivery as the application sees it: it runs by itself between `start` and `stop`, and answers how it is doing.
 *
 * @publicApi
 */
export class DeliveryService {
  /** Sealed events from the subscription on, without their erasable sections. */
  readonly events$: Observable<DeliveryItem>;
  readonly mode: DeliveryMode;
  private readonly parts: DispatchParts;
  private readonly dispatcher: DeliveryDispatcher;
  private readonly off: readonly ConfiguredSink[];
  private readonly queries: SinkQueries;
  private readonly required: RequiredReceipts;
  private readonly sealed: SealedEvents;
  private readonly spool: RemoteSpool | null;
  private readonly recordEvent: DeliveryServiceParts['record'];
  private readonly flushEveryMs: number;
  private readonly schedule: FlushSchedule | undefined;
  private endSchedule: (() => void) | null = null;

  /** @throws DeliveryConfigurationError if the sinks don't fit the mode or each other */
  constructor(options: DeliveryServiceOptions, parts: DeliveryServiceParts) {
    const { mode = 'local', sinks = [], flushEveryMs = DEFAULT_FLUSH_MS, leaseTtlMs = DEFAULT_LEASE_MS } = options;
    const {
      clock = systemClock(),
      random = Math.random,
      onAlarm = () => undefined,
      record,
      spool,
      schedule,
      ...rest
    } = parts;
    this.mode = mode;
    this.flushEveryMs = flushEveryMs;
    this.schedule = schedule;
    this.recordEvent = record;
    this.parts = {
      ...rest,
      clock,
      random,
      flushEveryMs: schedule ? 0 : flushEveryMs,
      leaseTtlMs,
      coalesceMs: COALESCE_MS,
      onAlarm,
      record: record ?? (async () => undefined),
    };
    this.off = sinksOff(mode, sinks);
    const bindings = sinks.filter((sink) => !this.off.includes(sink)).map(bindSink);
    this.off.forEach(bindSink); // what is wrong with them shows now, not when the mode changes
    this.dispatcher = new DeliveryDispatcher(bindings, this.parts);
    this.queries = new SinkQueries(this.dispatcher.sinks, this.off, this.parts);
    this.required = new RequiredReceipts(this.dispatcher, this.parts);
    this.sealed = new SealedEvents(rest.log, clock, flushEveryMs || DEFAULT_FLUSH_MS);
    this.events$ = this.sealed.events$;
    const records = mode === 'remote' ? bindings.filter(({ sink, routed }) => sink.network && !routed) : [];
    if (mode === 'remote' && records.length === 0) {
      throw new DeliveryConfigurationError(
        'In mode "remote" the remote is the record, so at least one sink has to send every event over the network. ' +
          'Configure one without "when", or use mode "hybrid".',
      );
    }
    this.spool = spool && mode === 'remote' ? this.createSpool(records, bindings, spool) : null;
    this.dispatcher.onCommitted(() => this.spool?.notify());
  }

  /** Sinks that can keep checkpoints, as anchors for the publisher. */
  get anchors(): readonly SinkAnchor[] {
    return anchorsAmong(this.dispatcher.sinks.map(({ binding }) => binding.sink));
  }

  /** Begins to deliver, what was left pending first. */
  start(): void {
    for (const sink of this.off) this.reportOff(sink);
    this.dispatcher.start();
    this.spool?.notify();
    if (this.dispatcher.sinks.length > 0 && this.flushEveryMs > 0) {
      const job = { name: FLUSH_JOB, everyMs: this.flushEveryMs, run: () => this.dispatcher.wake() };
      this.endSchedule ??= this.schedule?.every(job) ?? null;
    }
  }

  /** There are new events. Returns at once; call it as often as you like, never wait for it. */
  notify(): void {
    this.dispatcher.notify();
    this.sealed.notify();
  }

  /** Resolves when everything is delivered, or waits out a failure, or is served by another process. */
  async whenIdle(): Promise<void> {
    await Promise.all([this.dispatcher.whenIdle(), this.sealed.whenIdle()]);
  }

  /** Delivers what there is for at most so many milliseconds, then stops for good. What is left stays pending. */
  async stop(drainMs = 0): Promise<void> {
    this.endSchedule?.();
    await Promise.all([this.dispatcher.stop(drainMs), this.sealed.stop()]);
    await this.spool?.stop();
  }

  /**
   * Tries everything that is pending now, waiting times notwithstanding, and says what came of it.
   *
   * @param sink one sink; default all
   * @throws UnknownSinkError
   */
  async flushPending(sink?: string, { timeoutMs = DEFAULT_FLUSH_TIMEOUT_MS } = {}): Promise<FlushResult> {
    const isOff = this.off.some(({ name }) => name === sink);
    const runners = sink === undefined ? this.dispatcher.sinks : isOff ? [] : [this.dispatcher.sink(sink)];
    const figures = await Promise.all(
      runners.map(async (runner): Promise<[string, FlushFigures]> => [
        runner.binding.name,
        await new PendingFlush(runner, this.parts).run(timeoutMs),
      ]),
    );
    await this.discard();
    const sum = (field: keyof FlushFigures): number => figures.reduce((total, [, one]) => total + one[field], 0);
    const note =
      runners.length > 0 ? undefined : `No sink works in mode "${this.mode}": nothing was sent, nothing changed.`;
    const still_pending = sum('still_pending');
    return {
      flushed: sum('flushed'),
      failed: sum('failed'),
      still_pending,
      stillPending: still_pending,
      held: sum('held'),
      total: sum('total'),
      sinks: Object.fromEntries(figures),
      ...(note !== undefined && { note }),
    };
  }

  /** What became of one event at each sink; null if it is not sealed. */
  deliveryStatus(eventId: string): Promise<DeliveryStatus | null> {
    return this.queries.ofEvent(eventId);
  }

  /** Receipts by sink, status, event and time, in pages. */
  deliveries({ limit = DEFAULT_PAGE, ...filter }: Partial<ReceiptFilter> = {}): Promise<DeliveryPage> {
    return this.queries.page({ ...filter, limit });
  }

  /** How each sink is doing: state, lag, counters. */
  status(): Promise<SinkStatus[]> {
    return this.queries.sinks();
  }

  /** Tries `failed` events again: by id, by the time at which they failed, by sink, or all. @returns how many */
  async redrive(selection: RedriveSelection = {}): Promise<number> {
    if (selection.sink !== undefined) this.dispatcher.sink(selection.sink);
    const count = await this.parts.store.redrive(selection, this.parts.clock.now());
    if (count > 0) for (const runner of this.dispatcher.sinks) runner.wake();
    return count;
  }

  /**
   * Seals a test event that goes to this sink alone, and waits for what becomes of it.
   *
   * @throws UnknownSinkError
   */
  async testSink(name: string, timeoutMs = DEFAULT_FLUSH_TIMEOUT_MS): Promise<EventDelivery> {
    const runner = this.dispatcher.sink(name);
    if (!this.recordEvent) throw new Error('No way to record events was given, so no test event can be sent.');
    const { id, logIndex } = await this.recordEvent(sinkTestEvent(name));
    await runner.flush(logIndex + 1, timeoutMs);
    const status = await this.queries.ofEvent(id);
    const delivery = status?.deliveries.find(({ sink }) => sink === name);
    if (!delivery) throw new Error(`The test event ${id} is not in the log any more.`);
    return delivery;
  }

  /**
   * Resolves when every required sink has acknowledged the event, or is not meant to get it.
   *
   * @throws RequiredDeliveryError if one is off, held, refuses the event or takes too long
   */
  async awaitRequired(event: SealedReference, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const off = this.off.find(({ required }) => required);
    if (off) throw new RequiredDeliveryError(off.name, 'off', `mode "${this.mode}" switches it off.`);
    await this.required.wait(event, timeoutMs, signal);
  }

  private reportOff({ name, required = false }: ConfiguredSink): void {
    const message = `Audit sink "${name}": it is configured, but mode "${this.mode}" never uses the network.`;
    this.parts.onAlarm({ kind: required ? 'required_sink_unavailable' : 'sinks_off', sink: name, required, message });
  }

  private createSpool(records: readonly SinkBinding[], all: readonly SinkBinding[], spool: SpoolStore): RemoteSpool {
    const { log, store, clock, onAlarm } = this.parts;
    return new RemoteSpool(records, all, {
      log,
      store,
      spool,
      clock,
      everyMs: this.flushEveryMs || DEFAULT_FLUSH_MS,
      onFailure: (error) => this.discardFailed(error),
      onStuck: ({ eventId, logIndex }) =>
        onAlarm({
          kind: 'spool_stuck',
          sink: records.map(({ name }) => name).join(', '),
          required: false,
          eventId,
          logIndex,
          message:
            `No remote has acknowledged event ${eventId} (record ${logIndex}), so it and everything behind it stays here, ` +
            'though mode is "remote". A sink that began with startAt: "now" was never asked to take what was there before.',
        }),
    });
  }

  private async discard(): Promise<void> {
    await this.spool?.discard().catch((error: unknown) => this.discardFailed(error));
  }

  private discardFailed(error: unknown): void {
    const message = `The content that the remote has could not be discarded here, so it stays: ${safeErrorText(error)}`;
    this.parts.onAlarm({ kind: 'store_failure', sink: '', required: false, message });
  }
}
