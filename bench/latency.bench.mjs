// How long one event takes until it is sealed, one after the other and with many at once, next to the raw driver that
// inserts and commits the same row alone.
//   npm run build && node bench/latency.bench.mjs [--events 300] [--stores sqlite,postgres] [--json file]
// PostgreSQL is the one of BENCH_POSTGRES_URL, in a schema of its own that is dropped afterwards.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { EventQueue } from '../dist/esm/ledger/queue/event-queue.js';
import { InlineSealer } from '../dist/esm/ledger/inline-sealer.js';
import { Ledger } from '../dist/esm/ledger/ledger.js';
import { QueueOptions } from '../dist/esm/config/queue.options.js';
import { openPlace } from './support/places.mjs';
import { sampleEvent } from './support/sample-events.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '300' },
    stores: { type: 'string', default: process.env.BENCH_POSTGRES_URL ? 'sqlite,postgres' : 'sqlite' },
    json: { type: 'string' },
  },
});
const EVENTS = Number(values.events);
const AT_ONCE = 32;

async function timesOf(work, atOnce) {
  const times = [];
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < EVENTS) {
        const n = next++;
        const begin = performance.now();
        await work(n);
        times.push(performance.now() - begin);
      }
    }),
  );
  return times.sort((a, b) => a - b);
}

const at = (sorted, share) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2));

const report = [];
for (const store of values.stores.split(',')) {
  const { storage, drop } = await openPlace(store);
  const { database } = storage;
  await database.execute('CREATE TABLE bench_raw (record text NOT NULL)');
  const insert = store === 'postgres' ? 'INSERT INTO bench_raw VALUES ($1)' : 'INSERT INTO bench_raw VALUES (?)';
  const queue = new EventQueue(new InlineSealer(new Ledger(storage.ledger)), new QueueOptions(), {
    gapEvent: () => sampleEvent(0),
    reduced: (event) => event,
    onFailure: (error) => {
      throw error;
    },
  });
  const row = sampleEvent(0).parts.join('');
  const contenders = {
    'raw insert, one after the other': await timesOf(() => database.execute(insert, [row]), 1),
    'log(), one after the other': await timesOf((n) => queue.submit(sampleEvent(n), false), 1),
    [`log(), ${AT_ONCE} at once`]: await timesOf((n) => queue.submit(sampleEvent(EVENTS + n), false), AT_ONCE),
  };
  const raw = at(contenders['raw insert, one after the other'], 0.5);
  for (const [contender, times] of Object.entries(contenders)) {
    report.push({
      store,
      contender,
      'p50 ms': at(times, 0.5),
      'p99 ms': at(times, 0.99),
      'p50 x raw': Number((at(times, 0.5) / raw).toFixed(2)),
    });
  }
  await queue.close(5000);
  await drop();
}
console.table(report);
if (values.json) writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
