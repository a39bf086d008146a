import type { DeliveryItem } from '../delivery-item.js';
import { DEFERRED } from '../delivery-result.js';
import type { DeliveryResult } from '../delivery-result.js';

export interface EachOptions {
  /**
   * Events under way at once. 1 keeps the order at the destination; more is faster, and events may overtake each
   * other within so many. @default 1
   */
  readonly concurrency?: number;
  /** After so many milliseconds no further event is begun, so that what is done gets committed. @default 2000 */
  readonly budgetMs?: number;
}

/**
 * Sends events one by one. After the first failure nothing more is begun; what was not begun is deferred.
 *
 * @param prepare makes what is sent for an event, while the one before is on its way
 */
export async function deliverEach<Message>(
  batch: readonly DeliveryItem[],
  signal: AbortSignal,
  { concurrency = 1, budgetMs = 2000 }: EachOptions,
  prepare: (item: DeliveryItem) => Message,
  send: (message: Message) => Promise<DeliveryResult>,
): Promise<DeliveryResult[]> {
  const results: DeliveryResult[] = Array.from({ length: batch.length }, () => DEFERRED);
  const until = performance.now() + budgetMs;
  let next = 0;
  let hasFailed = false;
  const prepared = new Map<number, Message>();
  const take = (index: number): Message => {
    const message = prepared.get(index) ?? prepare(batch[index]);
    prepared.delete(index);
    return message;
  };
  const prepareNext = (): void => {
    const index = next;
    if (index >= batch.length || prepared.has(index)) return;
    try {
      prepared.set(index, prepare(batch[index]));
    } catch {
      // It is prepared again when its turn comes, and fails then.
    }
  };
  const worker = async (): Promise<void> => {
    while (next < batch.length && !hasFailed && !signal.aborted && (next === 0 || performance.now() < until)) {
      const index = next++;
      const sending = send(take(index));
      const ahead = setImmediate(prepareNext);
      const result = await sending.finally(() => clearImmediate(ahead));
      results[index] = result;
      if (result.status === 'transient' || result.status === 'sink_failure') hasFailed = true;
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, batch.length) }, worker));
  return results;
}
