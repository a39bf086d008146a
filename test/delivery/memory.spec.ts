import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { DeliveryService } from '../../lib/delivery/delivery.service.js';
import { Ledger } from '../../lib/ledger/ledger.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshSqliteFile } from '../support/databases.js';
import { recordingSink } from '../support/delivery/recording-sink.js';
import { settled } from '../support/delivery/settled.js';
import { sealableEvent } from '../support/sealable-event.js';

const EVENTS = 20_000;
const EVENT_BYTES = 4000;
const MIB = 1024 * 1024;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

function heapInUse(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

/** An event of about four kilobytes. */
function largeEvent(n: number) {
  const event = sealableEvent(`event-${n}`);
  const [head, tail, ...rest] = event.parts;
  const trail = `,"context":{"trail":"${String(n).padEnd(EVENT_BYTES, 'x')}"}`;
  return { ...event, parts: [head, `${trail}${tail}`, ...rest] as unknown as typeof event.parts };
}

describe('sinks that hang, fail and crawl', () => {
  it(`keep none but a batch or two of ${EVENTS} waiting events in memory, and hold back nothing else`, async () => {
    const place = freshSqliteFile();
    const storage = createStorage({ type: 'sqlite', path: place.location });
    await storage.open();
    const ledger = new Ledger(storage.ledger);
    for (let from = 0; from < EVENTS; from += 1000) {
      await ledger.append(Array.from({ length: 1000 }, (_, i) => largeEvent(from + i)));
    }
    const before = heapInUse();

    let inGood = 0;
    const release: (() => void)[] = [];
    const slow = () => new Promise<void>((resolve) => release.push(resolve));
    const sinks = [
      recordingSink({ name: 'hanging', answer: () => new Promise<never>(() => undefined) }),
      recordingSink({
        name: 'failing',
        answer: () => Promise.reject(new Error('away')),
        retry: { baseMs: 1, maxMs: 1 },
      }),
      recordingSink({ name: 'crawling', answer: slow }),
      { name: 'good', deliver: (batch: readonly unknown[]) => void (inGood += batch.length) },
    ];
    const { ledger: log, delivery: store, leases } = storage;
    const service = new DeliveryService({ mode: 'hybrid', sinks }, { log, store, leases, holder: 'one' });
    service.start();
    await settled(() => inGood === EVENTS);
    for (let batches = 1; batches <= 3; batches++) {
      await settled(() => release.length === batches);
      release[batches - 1]();
    }
    await settled(() => release.length === 4);
    const states = Object.fromEntries((await service.status()).map(({ sink, ...rest }) => [sink, rest]));
    expect(states).toMatchObject({
      hanging: { nextIndex: 0 },
      failing: { nextIndex: 0, state: 'retrying' },
      crawling: { nextIndex: expect.any(Number) },
      good: { nextIndex: EVENTS, lagEvents: 0 },
    });

    // What waits is 80 MB. Each sink may hold two batches of 1 MiB; the harness notes what it was called with.
    const noted = sinks.slice(0, 3).flatMap((sink) => ('calls' in sink ? sink.calls.splice(0) : []));
    noted.length = 0;
    const grown = (heapInUse() - before) / MIB;
    process.stderr.write(`heap with three bad sinks and ${EVENTS} events of 4 kB waiting: +${grown.toFixed(1)} MiB\n`);
    expect(grown).toBeLessThan(3 * 2 * 2 + 8);

    await service.stop();
    await storage.close();
    await place.drop();
  }, 120_000);
});
