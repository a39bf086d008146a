import type { DeliveryReceipt, DeliveryStore, SinkCursor } from '../delivery-store.port.js';
import type { DispatchParts } from './dispatch-parts.js';
import type { SinkBinding } from './sink-binding.js';

/** Reads the sink's row, or makes it when the sink is seen for the first time. */
export async function openCursor(
  { name, startAt }: Pick<SinkBinding, 'name' | 'startAt'>,
  { log, store, clock }: Pick<DispatchParts, 'log' | 'store' | 'clock'>,
): Promise<SinkCursor> {
  const found = await store.readCursor(name);
  if (found !== null) return found;
  const head = await log.readHead();
  const fromNow = startAt === 'now';
  return store.createCursor({
    sink: name,
    nextIndex: (fromNow ? head.size : head.discardedBelow) ?? 0,
    batchEnd: null,
    state: 'active',
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
    deliveredAt: null,
    details: fromNow && head.size > 0 ? { range: head.compactRange } : null,
    updatedAt: clock.now(),
  });
}

/** Receipts at or beyond the cursor. As many as one batch can leave behind. */
export async function readAhead(store: DeliveryStore, cursor: SinkCursor): Promise<Map<string, DeliveryReceipt>> {
  const receipts = await store.findAhead(cursor.sink, cursor.nextIndex);
  return new Map(receipts.map((receipt) => [receipt.eventId, receipt]));
}
