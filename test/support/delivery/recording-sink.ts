import type { ConfiguredSink, DeliveryContext } from '../../../lib/delivery/audit-sink.interface.js';
import type { DeliveryItem } from '../../../lib/delivery/delivery-item.js';
import type { DeliveryResult } from '../../../lib/delivery/delivery-result.js';

export interface SinkCall {
  readonly ids: string[];
  readonly indexes: number[];
  readonly lines: string[];
  readonly context: DeliveryContext;
}

type Answer = (
  items: readonly DeliveryItem[],
  signal: AbortSignal,
  context: DeliveryContext,
) => readonly DeliveryResult[] | void | Promise<readonly DeliveryResult[] | void>;

export interface RecordingSink extends ConfiguredSink {
  readonly calls: SinkCall[];
  /** What arrived, in order, repetitions included. */
  readonly received: { id: string; line: string }[];
  /** How the destination behaves from now on. */
  answer: Answer;
}

/** A destination that notes what arrives and behaves as the test says. By default it takes everything. */
export function recordingSink(options: Partial<ConfiguredSink> & { answer?: Answer } = {}): RecordingSink {
  const { answer = () => undefined, ...rest } = options;
  const sink: RecordingSink = {
    name: 'remote',
    ...rest,
    calls: [],
    received: [],
    answer,
    async deliver(items, signal, context) {
      const lines = items.map(({ line }) => line);
      const ids = items.map(({ eventId }) => eventId);
      sink.calls.push({ ids, indexes: items.map(({ logIndex }) => logIndex), lines, context });
      const results =
        (await sink.answer(items, signal, context)) ?? items.map(() => ({ status: 'delivered' }) as const);
      [...(Array.isArray(results) ? results : [])].forEach((result, i) => {
        if (result?.status === 'delivered') sink.received.push({ id: ids[i], line: lines[i] });
      });
      return results;
    },
  };
  return sink;
}

/** Takes all but the events that the callback gives a result for; what stands behind a failure is not tried. */
export function except(verdict: (item: DeliveryItem) => DeliveryResult | undefined): Answer {
  return (items) => {
    let isStopped = false;
    return items.map((item): DeliveryResult => {
      if (isStopped) return { status: 'deferred' };
      const result = verdict(item) ?? { status: 'delivered' };
      isStopped = result.status === 'transient' || result.status === 'sink_failure';
      return result;
    });
  };
}
