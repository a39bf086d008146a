import type { AuditSink } from '../audit-sink.interface.js';
import type { DeliveryReceipt, ReceiptFilter, SinkCursor } from '../delivery-store.port.js';
import type { DispatchParts } from '../dispatch/dispatch-parts.js';
import { UNROUTED } from '../dispatch/parked-events.js';
import { routeOf } from '../dispatch/planned-batch.js';
import { zeroCounters } from '../dispatch/sink-counters.js';
import type { SinkRunner } from '../dispatch/sink-runner.js';
import { isBreakerOpen } from '../retry/index.js';
import type { DeliveryStatus, EventDelivery, SinkStatus } from './delivery-status.interface.js';

/** A page of receipts. */
export interface DeliveryPage {
  readonly deliveries: readonly DeliveryReceipt[];
  /** Give it as `after` for the next page; null at the end. */
  readonly next: { readonly logIndex: number; readonly sink: string } | null;
}

/** Reads the state of delivery; changes nothing. */
export class SinkQueries {
  constructor(
    private readonly runners: readonly SinkRunner[],
    /** Sinks that are configured, but switched off by the mode. */
    private readonly off: readonly AuditSink[],
    private readonly parts: Pick<DispatchParts, 'log' | 'store' | 'clock'>,
  ) {}

  /** @returns null if no such event is sealed */
  async ofEvent(eventId: string): Promise<DeliveryStatus | null> {
    const { log, store } = this.parts;
    const row = await log.findById(eventId);
    if (row === null) return null;
    const deliveries: EventDelivery[] = [];
    for (const { binding } of this.runners) {
      const [receipt = null] = await store.readReceipts(binding.name, [eventId]);
      const cursor = await store.readCursor(binding.name);
      const isPassed = row.logIndex < (cursor?.nextIndex ?? 0) || routeOf(binding, row).decision.kind === 'skip';
      const status = receipt?.status ?? (isPassed ? 'skipped' : 'pending');
      const isUnrouted = receipt?.remoteStatus === UNROUTED;
      const held = status === 'pending' && (isUnrouted || cursor?.state === 'held');
      deliveries.push({ sink: binding.name, status, held, receipt });
    }
    for (const { name } of this.off) deliveries.push({ sink: name, status: 'off', held: false, receipt: null });
    return { eventId, logIndex: row.logIndex, deliveries };
  }

  async page(filter: ReceiptFilter): Promise<DeliveryPage> {
    const deliveries = await this.parts.store.findReceipts(filter);
    const last = deliveries.length === filter.limit ? deliveries[deliveries.length - 1] : undefined;
    return { deliveries, next: last ? { logIndex: last.logIndex, sink: last.sink } : null };
  }

  async sinks(): Promise<SinkStatus[]> {
    const { size } = await this.parts.log.readHead();
    const working = await Promise.all(this.runners.map((runner) => this.working(runner, size)));
    return [...working, ...this.off.map((sink) => offStatus(sink, size))];
  }

  private async working({ binding, worker, isServing }: SinkRunner, size: number): Promise<SinkStatus> {
    const { name, sink, required, retry } = binding;
    const cursor = await this.parts.store.readCursor(name);
    const { pending, failed } = await this.parts.store.countUndelivered(name);
    const attempts = cursor?.attempts ?? 0;
    return {
      sink: name,
      kind: sink.kind ?? 'function',
      required,
      state: cursor?.state ?? 'new',
      breaker: isBreakerOpen(retry, attempts) ? 'open' : 'closed',
      serving: isServing,
      nextIndex: cursor?.nextIndex ?? 0,
      ...(await this.lag(cursor, size)),
      pending,
      failed,
      attempts,
      nextAttemptAt: cursor?.nextAttemptAt ?? null,
      lastError: cursor?.lastError ?? null,
      deliveredAt: cursor?.deliveredAt ?? null,
      counters: { ...worker.counters },
    };
  }

  private async lag(cursor: SinkCursor | null, size: number): Promise<{ lagEvents: number; lagSeconds: number }> {
    const lagEvents = Math.max(0, size - (cursor?.nextIndex ?? 0));
    if (lagEvents === 0) return { lagEvents, lagSeconds: 0 };
    const [oldest] = await this.parts.log.readRange(cursor?.nextIndex ?? 0, 1);
    const age = oldest ? (this.parts.clock.now() - Date.parse(oldest.occurredAt)) / 1000 : 0;
    return { lagEvents, lagSeconds: Math.max(0, age) };
  }
}

function offStatus({ name, kind = 'function' }: AuditSink, size: number): SinkStatus {
  return {
    sink: name,
    kind,
    required: false,
    state: 'off',
    breaker: 'closed',
    serving: false,
    nextIndex: 0,
    lagEvents: size,
    lagSeconds: 0,
    pending: 0,
    failed: 0,
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
    deliveredAt: null,
    counters: zeroCounters(),
  };
}
