import type { DeliveryStore, SinkCursor } from '../delivery-store.port.js';
import { routeOf } from '../dispatch/planned-batch.js';
import { UNROUTED } from '../dispatch/parked-events.js';
import type { DeliveryLog } from '../dispatch/delivery-log.js';
import { openCursor } from '../dispatch/sink-cursor.js';
import type { SinkRunner } from '../dispatch/sink-runner.js';
import type { DispatchParts } from '../dispatch/dispatch-parts.js';
import type { FlushFigures } from './delivery-status.interface.js';

const ROWS_PER_READ = 500;
const PARKED_AT_MOST = 10_000;

/**
 * Flushes one sink and counts what came of it. Only events that were sealed when it began are waited for and counted,
 * so it ends even while new ones keep coming.
 */
export class PendingFlush {
  constructor(
    private readonly runner: SinkRunner,
    private readonly parts: Pick<DispatchParts, 'log' | 'store' | 'clock'>,
  ) {}

  async run(timeoutMs: number): Promise<FlushFigures> {
    const { log, store } = this.parts;
    const { name } = this.runner.binding;
    const cursor = await openCursor(this.runner.binding, this.parts);
    const until = Math.max(cursor.nextIndex, (await log.readHead()).size);
    const parked = (await store.findParked(name, cursor.nextIndex, Infinity, PARKED_AT_MOST)).map(
      ({ eventId }) => eventId,
    );
    const before = await store.countReceipts(name, cursor.nextIndex, until);

    await this.runner.flush(until, timeoutMs);

    const after = await store.countReceipts(name, cursor.nextIndex, until);
    const late = await store.readReceipts(name, parked);
    const lateCount = (status: string): number => late.filter((receipt) => receipt.status === status).length;
    const flushed = after.delivered - before.delivered + lateCount('delivered');
    const failed = after.failed - before.failed + lateCount('failed');
    const now = (await store.readCursor(name)) ?? cursor;
    const parkedNow = await store.countReceipts(name, cursor.nextIndex, Math.min(now.nextIndex, until));
    const still_pending = (await this.countOpen(now, until)) + parkedNow.pending + lateCount('pending');
    return {
      flushed,
      failed,
      still_pending,
      held: now.state === 'held' ? still_pending : await countUnrouted(store, name, now.nextIndex),
      total: flushed + failed + still_pending,
    };
  }

  /** Events in front of the cursor that are meant for the sink and not decided. */
  private async countOpen(cursor: SinkCursor, until: number): Promise<number> {
    const { store, log } = this.parts;
    const { binding } = this.runner;
    const ahead = await store.findAhead(binding.name, cursor.nextIndex);
    const decided = new Set(ahead.filter(({ status }) => status !== 'pending').map(({ eventId }) => eventId));
    let open = 0;
    if (!binding.routed) open = Math.max(0, until - cursor.nextIndex) - decided.size;
    else
      for await (const row of rowsOf(log, cursor.nextIndex, until)) {
        if (!decided.has(row.eventId) && row.record !== '' && routeOf(binding, row).decision.kind !== 'skip') open++;
      }
    return Math.max(0, open);
  }
}

async function* rowsOf(log: DeliveryLog, from: number, until: number) {
  for (let next = from; next < until;) {
    const rows = await log.readLines(next, ROWS_PER_READ, false);
    for (const row of rows) {
      if (row.logIndex >= until) return;
      yield row;
    }
    if (rows.length === 0) return;
    next = rows[rows.length - 1].logIndex + 1;
  }
}

async function countUnrouted(store: DeliveryStore, sink: string, below: number): Promise<number> {
  const parked = await store.findParked(sink, below, Infinity, PARKED_AT_MOST);
  return parked.filter(({ remoteStatus }) => remoteStatus === UNROUTED).length;
}
