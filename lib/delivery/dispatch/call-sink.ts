import type { DeliveryContext } from '../audit-sink.interface.js';
import type { DeliveryClock } from '../delivery-clock.js';
import type { DeliveryItem } from '../delivery-item.js';
import { failFirst } from '../delivery-result.js';
import type { DeliveryResult } from '../delivery-result.js';
import { safeErrorText } from '../safe-error-text.js';
import type { SinkBinding } from './sink-binding.js';

/** After the signal a sink has so long to say what it knows, before it is left alone. */
const GRACE_MS = 1000;
const STATUSES = ['delivered', 'transient', 'rejected', 'sink_failure', 'deferred'];

/**
 * Calls a sink with a time limit and makes one valid result an event out of whatever it does: throw, hang, answer with
 * too little. Never throws, and never waits longer than the limit and a second.
 */
export async function callSink(
  { sink, timeoutMs }: Pick<SinkBinding, 'sink' | 'timeoutMs'>,
  items: readonly DeliveryItem[],
  context: DeliveryContext,
  clock: DeliveryClock,
  stop: AbortSignal,
): Promise<readonly DeliveryResult[]> {
  const limit = new AbortController();
  const cancels: (() => void)[] = [];
  const abandoned = new Promise<readonly DeliveryResult[]>((resolve) => {
    const end = (error: string): void => {
      if (limit.signal.aborted) return;
      limit.abort(new Error(error));
      cancels.push(clock.schedule(GRACE_MS, () => resolve(failAll(error, items.length))));
    };
    const stopped = (): void => end('The application stops.');
    cancels.push(clock.schedule(timeoutMs, () => end(`The sink took longer than ${timeoutMs} ms.`)));
    stop.addEventListener('abort', stopped, { once: true });
    cancels.push(() => stop.removeEventListener('abort', stopped));
    if (stop.aborted) stopped();
  });
  const answered = Promise.resolve()
    .then(() => sink.deliver(items, limit.signal, context))
    .then(
      (results) => complete(results, items.length),
      (error: unknown) => failAll(safeErrorText(error), items.length),
    );
  try {
    return await Promise.race([answered, abandoned]);
  } finally {
    for (const cancel of cancels) cancel();
  }
}

function complete(results: readonly DeliveryResult[] | void, count: number): readonly DeliveryResult[] {
  if (results === undefined) return Array.from({ length: count }, () => ({ status: 'delivered' }) as const);
  if (!Array.isArray(results) || results.length !== count) {
    const got = Array.isArray(results) ? `${results.length} results` : `a value of type ${typeof results}`;
    return failAll(`The sink gave ${got} for ${count} events; it must give one for each, or nothing.`, count);
  }
  const odd = results.find((result) => !STATUSES.includes((result as DeliveryResult | null)?.status ?? ''));
  if (odd !== undefined || results.includes(undefined as never)) {
    return failAll(`The sink gave a result whose status is none of ${STATUSES.join(', ')}.`, count);
  }
  return results;
}

function failAll(error: string, count: number): DeliveryResult[] {
  return failFirst({ status: 'transient', error }, count);
}
