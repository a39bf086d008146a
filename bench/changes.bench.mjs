// What recording entity changes costs a transaction: the same transactions with and without it, in alternating rounds of
// one run, on the application's own database, with the events in the outbox of that database.
//   npm run build && node bench/changes.bench.mjs [--rounds 12] [--stores sqlite,postgres,mysql] [--json file]
// PostgreSQL is the one of BENCH_POSTGRES_URL, or an embedded one; MySQL or MariaDB that of BENCH_MYSQL_URL.
import 'reflect-metadata';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { pathToFileURL } from 'node:url';
import typeorm from 'typeorm';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '12' },
    stores: {
      type: 'string',
      default: process.env.BENCH_MYSQL_URL ? 'sqlite,postgres,mysql' : 'sqlite,postgres',
    },
    dist: { type: 'string', default: resolve(import.meta.dirname, '../dist/esm') },
    json: { type: 'string' },
  },
});
const load = (file) => import(pathToFileURL(resolve(options.dist, file)).href);
const { ChangeCapture } = await load('changes/change-capture.js');
const { EventBuilder } = await load('event/event-builder.js');
const { Redactor } = await load('redaction/redactor.js');
const { SqlOutboxWriter } = await load('storage/typeorm/outbox-writer.js');
const { SqlDatabase } = await load('storage/typeorm/sql-database.js');
const { DataSource, EntitySchema } = typeorm;

const ROUNDS = Number(options.rounds);
const ROWS = [1, 10, 100];

class Invoice {}
const InvoiceSchema = new EntitySchema({
  name: 'Invoice',
  target: Invoice,
  tableName: 'bench_invoice',
  columns: {
    id: { type: 'int', primary: true, generated: 'increment' },
    number: { type: 'varchar' },
    customer: { type: 'varchar' },
    amount: { type: 'int' },
    note: { type: 'varchar', nullable: true },
    version: { type: 'int', version: true },
  },
});

const context = {
  actor: { type: 'user', id: 'user_1', authMethod: 'jwt' },
  context: { requestId: '0193f0a0-1111-7111-8111-000000000001' },
};

function captureFor(dataSource, dialect) {
  const sanitizer = new Redactor();
  const builder = new EventBuilder({ service: { name: 'billing-api', instance: 'host:1:2:0a0b0c0d' }, sanitizer });
  const capture = new ChangeCapture({
    sanitizer,
    context: () => context,
    build: (event) => builder.build(event),
    deliver: () => undefined,
    onError: (error) => {
      throw error;
    },
  });
  return {
    on: () => capture.register(dataSource, new SqlOutboxWriter(dialect)),
    off: () => capture.unregister(dataSource),
  };
}

/** Transactions of an application that change `n` rows. */
const TRANSACTIONS = {
  'load and save one by one': (manager, n) =>
    manager.find(Invoice, { order: { id: 'ASC' }, take: n }).then(async (rows) => {
      for (const row of rows) {
        row.amount++;
        await manager.save(row);
      }
    }),
  'load and save together': (manager, n) =>
    manager.find(Invoice, { order: { id: 'ASC' }, take: n }).then((rows) => {
      for (const row of rows) row.amount++;
      return manager.save(rows);
    }),
  'save new rows together': (manager, n) =>
    manager.save(
      Array.from({ length: n }, (_, i) => manager.create(Invoice, { number: `n${i}`, customer: 'c', amount: i })),
    ),
  'insert new rows': (manager, n) =>
    manager.insert(
      Invoice,
      Array.from({ length: n }, (_, i) => ({ number: `n${i}`, customer: 'c', amount: i })),
    ),
  'update() by id': async (manager, n) => {
    for (let id = 1; id <= n; id++) await manager.update(Invoice, id, { amount: () => 'amount + 1' });
  },
};

const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1];
const best = (list) => Math.min(...list);

async function timed(work, times) {
  const begin = performance.now();
  for (let i = 0; i < times; i++) await work();
  return (performance.now() - begin) / times;
}

async function measure(store, dataSource, database) {
  const capture = captureFor(dataSource, database.dialect);
  const results = [];
  const compare = async (name, rows, work, times) => {
    const plain = [];
    const recorded = [];
    for (let round = 0; round < ROUNDS + 1; round++) {
      const without = await timed(work, times);
      capture.on();
      await work();
      const withIt = await timed(work, times);
      capture.off();
      await dataSource.query('DELETE FROM audit_outbox');
      await dataSource.query('DELETE FROM bench_invoice WHERE id > 1000');
      if (round === 0) continue;
      plain.push(without);
      recorded.push(withIt);
    }
    const ratios = plain.map((value, n) => recorded[n] / value);
    const result = { store, name, rows, plainMs: best(plain), recordedMs: best(recorded), ratio: median(ratios) };
    results.push(result);
    process.stdout.write(
      `${store.padEnd(9)} ${name.padEnd(26)} ${String(rows).padStart(5)} rows  ${result.plainMs.toFixed(2).padStart(8)} ms  ` +
        `${result.recordedMs.toFixed(2).padStart(8)} ms  ${result.ratio.toFixed(2).padStart(5)} x\n`,
    );
  };
  for (const [name, run] of Object.entries(TRANSACTIONS)) {
    for (const rows of ROWS) {
      const work = () => dataSource.transaction((manager) => run(manager, rows));
      await compare(name, rows, work, rows === 100 ? 4 : 30 / Math.sqrt(rows));
    }
  }
  const bulk = () => dataSource.getRepository(Invoice).update({ customer: 'customer' }, { amount: () => 'amount + 1' });
  await compare('update() of many rows', 1_000, bulk, 3);
  return results;
}

async function openStores() {
  const folder = mkdtempSync(join(tmpdir(), 'audit-changes-'));
  const closers = [() => rmSync(folder, { recursive: true, force: true })];
  const stores = {
    sqlite: async () => ({
      type: 'better-sqlite3',
      database: join(folder, 'app.sqlite'),
      prepareDatabase: (handle) => {
        handle.pragma('journal_mode = WAL');
        handle.pragma('synchronous = FULL');
      },
    }),
    postgres: async () => ({
      type: 'postgres',
      url: process.env.BENCH_POSTGRES_URL ?? (await embedded(closers)),
    }),
    mysql: async () => ({ type: 'mysql', url: process.env.BENCH_MYSQL_URL }),
  };
  return {
    stores,
    close: async () => {
      for (const closer of closers.reverse()) await closer();
    },
  };
}

async function embedded(closers) {
  const { default: start } = await import('../test/support/postgres.setup.js');
  const { default: stop } = await import('../test/support/postgres.teardown.js');
  await start();
  closers.push(stop);
  return process.env.TEST_POSTGRES_URL;
}

const { stores, close } = await openStores();
const results = [];
try {
  for (const store of options.stores.split(',')) {
    const dataSource = new DataSource({ ...(await stores[store]()), entities: [InvoiceSchema], synchronize: true });
    await dataSource.initialize();
    const database = new SqlDatabase(dataSource, { migrate: true });
    await database.open();
    await dataSource.query('DELETE FROM bench_invoice');
    const rows = Array.from({ length: 1_000 }, (_, n) => ({
      id: n + 1,
      number: `n${n}`,
      customer: 'customer',
      amount: n,
    }));
    await dataSource.query(
      `INSERT INTO bench_invoice (id, number, customer, amount, version) VALUES ${rows.map((row) => `(${row.id}, '${row.number}', '${row.customer}', ${row.amount}, 1)`).join(', ')}`,
    );
    if (store === 'postgres')
      await dataSource.query(`SELECT setval(pg_get_serial_sequence('bench_invoice', 'id'), 2000)`);
    results.push(...(await measure(store, dataSource, database)));
    await dataSource.query('DROP TABLE bench_invoice');
    await dataSource.destroy();
  }
} finally {
  await close();
}
if (options.json) writeFileSync(options.json, JSON.stringify(results, null, 2));
