import { EventEmitter } from 'node:events';
import type { ConfiguredSink } from '../../lib/delivery/audit-sink.interface.js';
import type { DeliveryItem } from '../../lib/delivery/delivery-item.js';
import type { DeliveryResult } from '../../lib/delivery/delivery-result.js';
import { EmitterSink } from '../../lib/delivery/in-process/emitter.sink.js';
import { describeSinkContract } from './sink.contract.js';
import type { Arrival, SinkDestination } from './sink.contract.js';

const VERDICTS: Record<string, DeliveryResult> = {
  transient: { status: 'transient', error: 'not now', retryAfterMs: 5 },
  sink_failure: { status: 'sink_failure', error: 'who are you?' },
  rejected: { status: 'rejected', error: 'not this one' },
};

async function startFunction(): Promise<SinkDestination> {
  const kept: Arrival[] = [];
  let fault: string | null = null;
  const keep = (item: DeliveryItem): DeliveryResult => {
    kept.push({ eventId: item.eventId, bytes: item.line });
    return { status: 'delivered' };
  };
  return {
    sink: ({ impatient: _, ...options }): ConfiguredSink => ({
      name: 'warehouse',
      ...options,
      async deliver(batch) {
        if (fault === 'throws') throw new Error('boom');
        if (fault === 'answers too little') return [];
        if (fault === 'keeps, then throws') batch.forEach(keep);
        if (fault === 'keeps, then throws') throw new Error('lost the answer');
        const verdict = fault === null ? null : VERDICTS[fault];
        if (verdict === null) return batch.map(keep);
        return batch.map((_, i) => (i === 0 || fault === 'rejected' ? verdict : { status: 'deferred' }));
      },
    }),
    arrivals: () => kept,
    fail: (name) => void (fault = name),
    heal: () => void (fault = null),
    stop: async () => undefined,
  };
}

async function startEmitter(): Promise<SinkDestination> {
  const kept: Arrival[] = [];
  const emitter = new EventEmitter();
  let isBroken = false;
  emitter.on('audit.event', (item: DeliveryItem) => {
    if (isBroken) throw new Error('listener is broken');
    kept.push({ eventId: item.eventId, bytes: item.line });
  });
  return {
    sink: ({ impatient: _, ...options }) => new EmitterSink({ emitter, ...options }),
    arrivals: () => kept,
    fail: () => void (isBroken = true),
    heal: () => void (isBroken = false),
    stop: async () => undefined,
  };
}

describeSinkContract({
  name: 'a function of the application',
  start: startFunction,
  passing: ['throws', 'answers too little', 'keeps, then throws', 'transient'],
  silent: [],
  refusing: ['sink_failure'],
  rejecting: 'rejected',
});
describeSinkContract({
  name: 'an event emitter',
  start: startEmitter,
  passing: [],
  silent: [],
  refusing: [],
  rejecting: 'a listener that throws',
});
