import { DeliveryItem } from '../delivery-item.js';
import type { DeliveryReceipt, DeliveryStore, SinkCursor } from '../delivery-store.port.js';
import { heldDelay } from '../retry/index.js';
import type { DeliveryLog } from './delivery-log.js';
import { routeOf } from './planned-batch.js';
import type { UndecidedRoute } from './planned-batch.js';
import { emptyReceipt } from './settlement.js';
import type { SinkBinding } from './sink-binding.js';

/** `remoteStatus` of an event that waits because its route failed. */
export const UNROUTED = 'unrouted';
const PARKED_PER_PASS = 50;

export interface ParkedPass {
  readonly items: readonly DeliveryItem[];
  readonly known: ReadonlyMap<string, DeliveryReceipt>;
  /** Receipts that change without asking the sink: still undecided, or gone from the log. */
  readonly receipts: readonly DeliveryReceipt[];
  /** Events that turned out not to be meant for this sink. */
  readonly unwanted: readonly string[];
  /** There may be more of them. */
  readonly more: boolean;
}

/** Receipts of events whose route failed: they wait behind the cursor and are asked about again later. */
export function parkReceipts(
  binding: SinkBinding,
  undecided: readonly UndecidedRoute[],
  known: ReadonlyMap<string, DeliveryReceipt>,
  now: number,
  random: () => number,
): DeliveryReceipt[] {
  return undecided.map((event) => ({
    ...emptyReceipt(binding.name, event, (known.get(event.eventId)?.attempts ?? 0) + 1, now),
    remoteStatus: UNROUTED,
    lastError: event.error,
    nextAttemptAt: now + heldDelay(binding.retry, random),
  }));
}

/**
 * Takes up events behind the cursor whose time has come: re-driven ones, and those whose route failed.
 *
 * @returns null if there are none
 */
export async function takeParked(
  binding: SinkBinding,
  { log, store }: { log: DeliveryLog; store: DeliveryStore },
  cursor: SinkCursor,
  now: number,
  random: () => number,
): Promise<ParkedPass | null> {
  // A sink whose batches are things of their own gets late events one by one: no batch has to be remembered then.
  const limit = binding.sink.identity === 'batch' ? 1 : Math.min(binding.maxBatch, PARKED_PER_PASS);
  const parked = await store.findParked(binding.name, cursor.nextIndex, now, limit);
  if (parked.length === 0) return null;
  const known = new Map(parked.map((receipt) => [receipt.eventId, receipt]));
  const items: DeliveryItem[] = [];
  const undecided: UndecidedRoute[] = [];
  const gone: DeliveryReceipt[] = [];
  const unwanted: string[] = [];
  for (const receipt of parked) {
    const row = await log.findById(receipt.eventId);
    if (row === null || row.record === '') {
      const lastError = 'The event is no longer in the log.';
      gone.push({ ...receipt, status: 'failed', lastError, nextAttemptAt: null, updatedAt: now });
      continue;
    }
    const { decision, record } = routeOf(binding, row);
    if (decision.kind === 'park')
      undecided.push({ eventId: row.eventId, logIndex: row.logIndex, error: decision.error });
    else if (decision.kind === 'deliver') items.push(new DeliveryItem(row, binding.sections, record));
    else unwanted.push(receipt.eventId);
  }
  const receipts = [...gone, ...parkReceipts(binding, undecided, known, now, random)];
  return { items, known, receipts, unwanted, more: parked.length === limit };
}
