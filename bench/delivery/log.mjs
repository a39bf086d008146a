// A log with many events for the delivery bench, and a loop that reads it with the raw driver.
import { join } from 'node:path';
import pg from 'pg';
import Database from 'better-sqlite3';
import { EventBuilder } from '../../dist/esm/event/event-builder.js';
import { Ledger } from '../../dist/esm/ledger/ledger.js';
import { Redactor } from '../../dist/esm/redaction/redactor.js';
import { createStorage } from '../../dist/esm/storage/storage.factory.js';

const COLUMNS = 'log_index AS "logIndex", event_id AS "eventId", record, hash, signature';

/** @returns the storage, its rows, and `read(from, limit)` by the raw driver */
export async function openLog(kind, folder, events) {
  const place = kind === 'postgres' ? await freshPostgres() : null;
  const path = join(folder, 'audit.sqlite');
  const storage = createStorage(place ? { type: 'postgres', url: place.url, migrate: true } : { type: 'sqlite', path });
  await storage.open();
  await fill(storage, events);
  const rows = [];
  while (rows.length < events) rows.push(...(await storage.ledger.readRange(rows.length, 1000)));
  const driver = place ? await postgresReader(place.url) : sqliteReader(path);
  const close = async () => {
    await driver.close();
    await storage.close();
    await place?.drop();
  };
  return { storage, rows, read: driver.read, close };
}

function sqliteReader(path) {
  const database = new Database(path, { readonly: true });
  const statement = database.prepare(
    `SELECT ${COLUMNS} FROM audit_event WHERE log_index >= ? ORDER BY log_index LIMIT ?`,
  );
  return { read: async (from, limit) => statement.all(from, limit), close: () => database.close() };
}

async function postgresReader(url) {
  const client = new pg.Client(url);
  await client.connect();
  const text = `SELECT ${COLUMNS} FROM audit_event WHERE log_index >= $1 ORDER BY log_index LIMIT $2`;
  const read = async (from, limit) => (await client.query({ name: 'read', text, values: [from, limit] })).rows;
  return { read, close: () => client.end() };
}

/** A schema of its own in the database of BENCH_POSTGRES_URL. */
async function freshPostgres() {
  const base = process.env.BENCH_POSTGRES_URL ?? 'postgres://postgres@127.0.0.1:5432/test';
  const schema = `bench_delivery_${process.pid}`;
  const run = async (sql) => {
    const client = new pg.Client(base);
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await run(`CREATE SCHEMA ${schema}`);
  return { url: `${base}?options=-csearch_path%3D${schema}`, drop: () => run(`DROP SCHEMA ${schema} CASCADE`) };
}

async function fill(storage, events) {
  const builder = new EventBuilder({
    service: { name: 'billing-api', version: '1.4.0', instance: 'host:1:abcdefgh' },
    sanitizer: new Redactor({}),
  });
  const ledger = new Ledger(storage.ledger);
  for (let from = 0; from < events; from += 1000) {
    const count = Math.min(1000, events - from);
    await ledger.append(Array.from({ length: count }, (_, i) => builder.build(event(from + i))));
  }
}

function event(n) {
  return {
    action: 'invoice.update',
    actor: { id: 'user_123', type: 'user', authMethod: 'jwt' },
    tenant: { id: 't_1', slug: 'acme' },
    resource: { type: 'invoice', id: `inv_${n}` },
    context: { requestId: `01a20065-5f70-736d-8311-a167bd${String(n).padStart(6, '0')}`, trail: 'invoices' },
    http: { method: 'POST', path: `/invoices/inv_${n}`, route: '/invoices/:id', status: 200, durationMs: 12.4 },
    client: { ip: '192.0.2.1', userAgent: 'Mozilla/5.0' },
  };
}
