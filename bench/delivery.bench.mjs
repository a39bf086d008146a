// Throughput of each sink, as a ratio to a bare loop in which the same client sends the same bytes.
//   npm run build && node bench/delivery.bench.mjs [--events 20000] [--rounds 5] [--storage sqlite,postgres]
//     [--sinks immutablelog,webhook,…] [--json file]
// "bare" sends what was prepared before. "read + bare" is what somebody would write by hand: the raw driver reads the
// rows, they become what is sent, the same client sends them; nothing is written down. "sink" is the adapter alone.
// "delivered" is all of it: reading the log, the adapter, receipts and cursor written back.
// Destinations run in another process. PostgreSQL is the one of BENCH_POSTGRES_URL, in a schema that is dropped afterwards.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { DeliveryItem } from '../dist/esm/delivery/delivery-item.js';
import { DeliveryService } from '../dist/esm/delivery/delivery.service.js';
import { casesOf } from './delivery/cases.mjs';
import { openLog } from './delivery/log.mjs';

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '20000' },
    rounds: { type: 'string', default: '5' },
    storage: { type: 'string', default: 'sqlite' },
    sinks: { type: 'string' },
    json: { type: 'string' },
  },
});
const folder = mkdtempSync(join(tmpdir(), 'audit-bench-delivery-'));
const destination = fork(new URL('./delivery/destination.mjs', import.meta.url).pathname);
const ports = await new Promise((resolve) => destination.once('message', resolve));
const cases = casesOf({ base: `http://127.0.0.1:${ports.http}`, syslogPort: ports.syslog, folder });
const { signal } = new AbortController();
const never = { failures: 0, logRoot: null, state: null, saveState: () => undefined };
const itemsOf = (rows) => rows.map((row) => new DeliveryItem(row, []));
const inBatches = (list, size) =>
  Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size));

async function bare({ client }, payloads) {
  const one = client();
  for (const payload of payloads) await one.send(payload);
  await one.close();
}

async function readAndBare({ client, batch, prepare }, log, count) {
  const one = client();
  for (let from = 0; from < count; from += batch) {
    const rows = await log.read(from, Math.min(batch, count - from));
    await one.send(prepare(itemsOf(rows)));
  }
  await one.close();
}

async function sinkAlone({ sink, batch }, rows) {
  const one = sink();
  for (let part of inBatches(itemsOf(rows), batch)) {
    while (part.length > 0) {
      const results = (await one.deliver(part, signal, never)) ?? part.map(() => ({ status: 'delivered' }));
      const bad = results.find(({ status }) => status !== 'delivered' && status !== 'deferred');
      if (bad) throw new Error(JSON.stringify(bad));
      part = part.slice(results.filter(({ status }) => status === 'delivered').length);
    }
  }
  await one.close?.();
}

let names = 0;
/** The log is longer than a slow sink has to deliver, so its cursor begins further on. */
async function delivered({ sink }, log, count) {
  const name = `bench-${names++}`;
  const one = Object.defineProperty(sink(), 'name', { value: name });
  const { ledger, delivery, leases } = log.storage;
  const cursor = { sink: name, nextIndex: log.rows.length - count, batchEnd: null, state: 'active', attempts: 0 };
  const empty = { nextAttemptAt: null, lastError: null, deliveredAt: null, details: null, updatedAt: Date.now() };
  await delivery.createCursor({ ...cursor, ...empty });
  const service = new DeliveryService(
    { mode: 'hybrid', sinks: [one] },
    { log: ledger, store: delivery, leases, holder: 'bench' },
  );
  const started = performance.now();
  const result = await service.flushPending(undefined, { timeoutMs: 300_000 });
  const seconds = (performance.now() - started) / 1000;
  if (result.flushed !== count) throw new Error(JSON.stringify(result));
  await service.stop();
  return count / seconds;
}

async function perSecond(count, work) {
  const started = performance.now();
  await work();
  return count / ((performance.now() - started) / 1000);
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function measure(log, name) {
  const one = cases[name];
  const count = Math.round(log.rows.length * (one.share ?? 1));
  const rows = log.rows.slice(0, count);
  const payloads = inBatches(itemsOf(rows), one.batch).map(one.prepare);
  const rounds = [];
  for (let round = 0; round <= Number(values.rounds); round++) {
    const figures = {
      bare: await perSecond(count, () => bare(one, payloads)),
      read: await perSecond(count, () => readAndBare(one, log, count)),
      sink: await perSecond(count, () => sinkAlone(one, rows)),
      delivered: await delivered(one, log, count),
    };
    if (round > 0) rounds.push(figures); // the first one warms up
  }
  const ratio = (field, to = 'bare') => median(rounds.map((figures) => figures[field] / figures[to]));
  return {
    sink: name,
    bare: median(rounds.map((figures) => figures.bare)),
    sinkRatio: ratio('sink'),
    deliveredRatio: ratio('delivered'),
    deliveredToRead: ratio('delivered', 'read'),
    deliveredPerSecond: median(rounds.map((figures) => figures.delivered)),
  };
}

function print(storage, report) {
  console.log(`${storage}, ${values.events} events, median of ${values.rounds} rounds`);
  console.log(
    'sink              bare loop /s   sink ÷ bare   delivered ÷ bare   delivered ÷ (read + bare)   delivered /s',
  );
  for (const { sink, bare, sinkRatio, deliveredRatio, deliveredToRead, deliveredPerSecond } of report) {
    console.log(
      sink.padEnd(17),
      bare.toFixed(0).padStart(12),
      sinkRatio.toFixed(2).padStart(13),
      deliveredRatio.toFixed(2).padStart(18),
      deliveredToRead.toFixed(2).padStart(27),
      deliveredPerSecond.toFixed(0).padStart(14),
    );
  }
}

const reports = {};
for (const storage of values.storage.split(',')) {
  const log = await openLog(storage, folder, Number(values.events));
  reports[storage] = [];
  for (const name of values.sinks?.split(',') ?? Object.keys(cases)) {
    reports[storage].push(await measure(log, name));
  }
  print(storage, reports[storage]);
  await log.close();
}
if (values.json) writeFileSync(values.json, `${JSON.stringify({ ...values, reports }, null, 2)}\n`);
destination.disconnect();
rmSync(folder, { recursive: true, force: true });
