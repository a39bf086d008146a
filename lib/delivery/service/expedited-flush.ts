import type { LeaseStore } from '../../ledger/lease-store.port.js';
import type { DeliveryClock } from '../delivery-clock.js';
import { pause } from '../delivery-clock.js';
import type { DeliveryStore, SinkCursor } from '../delivery-store.port.js';
import type { DeliveryLog } from '../dispatch/delivery-log.js';
import { DELIVERY_LEASE_PREFIX } from '../dispatch/sink-lease.js';
import type { FlushFigures } from './delivery-status.interface.js';

const POLL_MS = 100;

/** Figures of a flush by another process. Without the sinks' routes, all events behind a cursor count as pending. */
export interface ExpeditedFigures extends FlushFigures {
  /** Whether a running process serves the sink; if none does, nothing happens. */
  readonly served: boolean;
}

/** Makes the processes that serve the sinks try now, and watches them. For tools that have the database alone. */
export class ExpeditedFlush {
  constructor(
    private readonly parts: {
      readonly log: DeliveryLog;
      readonly store: DeliveryStore;
      readonly leases: LeaseStore;
      readonly clock: DeliveryClock;
    },
  ) {}

  /** @param signal ends the watching */
  async run(cursor: SinkCursor, timeoutMs: number, signal?: AbortSignal): Promise<ExpeditedFigures> {
    const { log, store, clock } = this.parts;
    const { sink, nextIndex: from } = cursor;
    const until = Math.max(from, (await log.readHead()).size);
    const before = await store.countReceipts(sink, from, until);
    const served = await this.isServed(sink);
    if (served) {
      await store.expedite(sink);
      const deadline = clock.now() + timeoutMs;
      while (clock.now() < deadline && !signal?.aborted && (await this.isWorking(sink, until))) {
        await pause(clock, POLL_MS, signal);
      }
    }
    const after = await store.countReceipts(sink, from, until);
    const now = (await store.readCursor(sink)) ?? cursor;
    const ahead = (await store.findAhead(sink, now.nextIndex)).filter(({ status }) => status !== 'pending');
    const { pending } = await store.countReceipts(sink, 0, now.nextIndex);
    const still_pending = Math.max(0, until - now.nextIndex) - ahead.length + pending;
    const [flushed, failed] = [after.delivered - before.delivered, after.failed - before.failed];
    const held = now.state === 'held' ? still_pending : 0;
    return { flushed, failed, still_pending, held, total: flushed + failed + still_pending, served };
  }

  /** Until it is through, or waits again. */
  private async isWorking(sink: string, until: number): Promise<boolean> {
    const now = await this.parts.store.readCursor(sink);
    return now !== null && now.nextIndex < until && now.nextAttemptAt === null;
  }

  private async isServed(sink: string): Promise<boolean> {
    const name = DELIVERY_LEASE_PREFIX + sink;
    const leases = await this.parts.leases.list(name);
    return leases.some((lease) => lease.name === name && lease.expiresAt > this.parts.clock.now());
  }
}
