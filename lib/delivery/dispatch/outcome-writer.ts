import type { DeliveryReceipt, SinkCursor } from '../delivery-store.port.js';
import type { DispatchParts } from './dispatch-parts.js';
import type { PlannedBatch } from './planned-batch.js';
import type { Settlement } from './settlement.js';
import { zeroCounters } from './sink-counters.js';
import type { SinkReporter } from './sink-reporter.js';

/** What a call of the sink came to. */
export interface Outcome {
  readonly before: SinkCursor;
  readonly after: SinkCursor;
  readonly receipts: readonly DeliveryReceipt[];
  readonly settlement: Settlement;
  readonly plan: Pick<PlannedBatch, 'parked' | 'missing' | 'discarded'>;
}

/** Writes outcomes down, one after the other, then counts and tells them. */
export class OutcomeWriter {
  readonly counters = zeroCounters();
  private kept: Outcome | null = null;

  constructor(
    private readonly store: DispatchParts['store'],
    private readonly reporter: SinkReporter,
    private readonly onCommitted: (cursor: SinkCursor) => void,
  ) {}

  /** Keeps an outcome to be written while the next batch is on its way: at most one is at stake. */
  keep(outcome: Outcome): void {
    this.kept = outcome;
  }

  /** Writes what was kept, if anything was. */
  async flush(): Promise<void> {
    const { kept } = this;
    this.kept = null;
    if (kept) await this.write(kept);
  }

  /** @returns the `nextIndex` that is stored now */
  async write(outcome: Outcome): Promise<number> {
    const { before, after, receipts, settlement, plan } = outcome;
    const stored = await this.store.commit(after, receipts);
    this.count(outcome);
    this.reporter.batch(plan, settlement);
    this.reporter.transition(before, after, settlement.failure?.remoteStatus);
    this.onCommitted(after);
    return stored;
  }

  private count({ settlement, plan }: Outcome): void {
    const { receipts, failure, delivered, deliveredBytes, rejected } = settlement;
    this.counters.delivered += delivered;
    this.counters.bytes += deliveredBytes;
    this.counters.duplicates += receipts.filter(({ duplicate }) => duplicate).length;
    this.counters.failed += rejected.length;
    this.counters.parked += plan.parked.length;
    if (failure?.status === 'transient') this.counters.retries++;
    if (failure?.status === 'sink_failure') this.counters.refusals++;
  }
}
