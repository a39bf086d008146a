// What appending costs against the raw driver that inserts the same rows in the same batches into the same tables:
// a prepared statement a row on SQLite, `unnest` of JavaScript arrays on PostgreSQL. For a JSON Lines file the raw driver is
// one write and one fdatasync a batch of the finished lines.
//   npm run build && node bench/store.bench.mjs [--events 40000] [--batch 1000] [--rounds 5] [--stores sqlite,file,postgres]
// PostgreSQL is the one of BENCH_POSTGRES_URL, in a schema that is dropped afterwards, or an embedded one.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import pg from 'pg';

const { values: options } = parseArgs({
  options: {
    events: { type: 'string', default: '40000' },
    batch: { type: 'string', default: '1000' },
    rounds: { type: 'string', default: '5' },
    stores: { type: 'string', default: 'sqlite,file,postgres' },
    dist: { type: 'string', default: resolve(import.meta.dirname, '../dist/esm') },
    json: { type: 'string' },
  },
});
const load = (file) => import(pathToFileURL(resolve(options.dist, file)).href);
const { EventBuilder } = await load('event/event-builder.js');
const { Ledger } = await load('ledger/ledger.js');
const { MemoryLedgerStore } = await load('storage/memory/memory-ledger-store.js');
const { Redactor } = await load('redaction/redactor.js');
const { formatJsonLine } = await load('event/json-line.js');
const { createStorage } = await load('storage/storage.factory.js');
const { EVENT_COLUMN_NAMES, EVENT_COLUMNS } = await load('storage/typeorm/ledger/event-row.js');

const EVENTS = Number(options.events);
const BATCH = Number(options.batch);
const builder = new EventBuilder({
  service: { name: 'billing-api', version: '1.4.0', instance: 'host:1:2:0a0b0c0d' },
  sanitizer: new Redactor(),
});
const inBatches = (list) =>
  Array.from({ length: Math.ceil(list.length / BATCH) }, (_, n) => list.slice(n * BATCH, (n + 1) * BATCH));

function event(n) {
  return builder.build({
    action: ['invoice.create', 'invoice.update', 'user.login'][n % 3],
    actor: { id: `user_${(n * 7919) % 500}`, type: 'user', authMethod: 'jwt', email: 'a@example.com' },
    tenant: { id: `t_${n % 10}`, slug: 'acme' },
    resource: { type: 'invoice', id: `inv_${(n * 7919) % 20_000}` },
    context: { requestId: `0193f0a0-1111-7111-8111-${String(n).padStart(12, '0')}`, correlationId: `cor_${n}` },
    http: { method: 'POST', path: `/invoices/inv_${n}`, route: '/invoices/:id', status: 201, durationMs: 12.437 },
    client: { ip: '192.0.2.7', userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36' },
    request: { body: { number: `2026-${n}`, customer: { id: 'cus_81723', country: 'DE' }, note: 'before noon' } },
  });
}

// Flat strings, as they arrive from another thread, a spool file or the outbox.
const arrived = (one) => JSON.parse(JSON.stringify(one));
const events = inBatches(Array.from({ length: EVENTS }, (_, n) => arrived(event(n))));
const sealed = [];
const recorder = new MemoryLedgerStore();
const appendInMemory = recorder.append.bind(recorder);
recorder.append = (batch) => {
  sealed.push(batch);
  return appendInMemory(batch);
};
const sealing = new Ledger(recorder);
for (const list of events) await sealing.append(list);
const valuesOf = (row) => EVENT_COLUMNS.map(([, property]) => row[property]);

/** How one store is filled: by its driver alone, by the store, by the ledger (which seals, too). */
const CONTENDERS = {
  'raw driver': (place) => place.raw(sealed.map(({ rows }) => rows.map(valuesOf))),
  store: async ({ storage }) => {
    for (const batch of sealed) if (!(await storage.ledger.append(batch))) throw new Error('lost the head');
  },
  'ledger (seals and stores)': async ({ storage }) => {
    const ledger = new Ledger(storage.ledger);
    for (const list of events) await ledger.append(list);
  },
};

async function sqlitePlace() {
  const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
  const storage = createStorage({ type: 'sqlite', path: join(folder, 'audit.sqlite') });
  await storage.open();
  const handle = storage.database.dataSource.driver.databaseConnection;
  return {
    storage,
    raw: async (batches) => {
      const marks = EVENT_COLUMN_NAMES.map(() => '?').join(', ');
      const insert = handle.prepare(`INSERT INTO audit_event (${EVENT_COLUMN_NAMES}) VALUES (${marks})`);
      const all = handle.transaction((rows) => rows.forEach((row) => insert.run(row)));
      for (const rows of batches) all.immediate(rows);
    },
    drop: async () => {
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function filePlace() {
  const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
  const storage = createStorage({ type: 'file', path: join(folder, 'audit.jsonl') });
  await storage.open();
  const lines = sealed.map(({ rows }) => rows.map((row) => `${formatJsonLine(row)}\n`).join(''));
  return {
    storage,
    raw: async () => {
      const file = await open(join(folder, 'raw.jsonl'), 'a');
      for (const text of lines) {
        await file.write(text);
        await file.datasync();
      }
      await file.close();
    },
    drop: async () => {
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function postgresPlace(server) {
  const schema = `audit_bench_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client(server);
  await client.connect();
  await client.query(`CREATE SCHEMA ${schema}`);
  await client.query(`SET search_path = ${schema}`);
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${schema}`);
  const storage = createStorage({ type: 'postgres', url: url.href, migrate: true });
  await storage.open();
  return {
    storage,
    raw: async (batches) => {
      const types = EVENT_COLUMN_NAMES.map((name) => (/^(log_index|sequence)$/.test(name) ? 'bigint[]' : 'text[]'));
      const arrays = types.map((type, n) => `$${n + 1}::${type}`).join(', ');
      const sql = `INSERT INTO audit_event (${EVENT_COLUMN_NAMES}) SELECT * FROM unnest(${arrays})`;
      for (const rows of batches) {
        await client.query(
          sql,
          types.map((_, n) => rows.map((row) => row[n])),
        );
      }
    },
    drop: async () => {
      await storage.close();
      await client.query(`DROP SCHEMA ${schema} CASCADE`);
      await client.end();
    },
  };
}

async function embeddedPostgres() {
  if (process.env.BENCH_POSTGRES_URL) return { url: process.env.BENCH_POSTGRES_URL, stop: async () => {} };
  process.env.TEST_POSTGRES_DURABLE = '1';
  const { default: start } = await import('../test/support/postgres.setup.js');
  const { default: stop } = await import('../test/support/postgres.teardown.js');
  await start();
  return { url: process.env.TEST_POSTGRES_URL, stop };
}

const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

async function measure(name, makePlace) {
  const times = Object.fromEntries(Object.keys(CONTENDERS).map((contender) => [contender, []]));
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const [contender, fill] of Object.entries(CONTENDERS)) {
      const place = await makePlace();
      const start = performance.now();
      await fill(place);
      times[contender].push(performance.now() - start);
      await place.drop();
    }
  }
  const raw = median(times['raw driver']);
  console.log(`\n${name}: ${EVENTS} events in batches of ${BATCH}, median of ${options.rounds} rounds`);
  const rows = Object.entries(times).map(([contender, list]) => ({
    contender,
    'µs an event': Number(((median(list) / EVENTS) * 1000).toFixed(1)),
    'ratio to raw': Number((raw / median(list)).toFixed(2)),
  }));
  console.table(rows);
  return { store: name, rows };
}

const results = [];
for (const store of options.stores.split(',')) {
  if (store === 'sqlite') results.push(await measure(store, sqlitePlace));
  if (store === 'file') results.push(await measure(store, filePlace));
  if (store !== 'postgres') continue;
  const server = await embeddedPostgres();
  results.push(await measure(store, () => postgresPlace(server.url)));
  await server.stop();
}
if (options.json) writeFileSync(options.json, `${JSON.stringify(results, null, 2)}\n`);
