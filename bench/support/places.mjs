// Places to keep a log in for the time of a benchmark.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createStorage } from '../../dist/esm/storage/storage.factory.js';

/** A SQLite file; or a schema of its own in the database of BENCH_POSTGRES_URL, which is dropped afterwards. */
export async function openPlace(store) {
  return store === 'postgres' ? postgresPlace(process.env.BENCH_POSTGRES_URL) : sqlitePlace();
}

async function sqlitePlace() {
  const folder = mkdtempSync(join(tmpdir(), 'audit-bench-'));
  const storage = createStorage({ type: 'sqlite', path: join(folder, 'audit.sqlite') });
  await storage.open();
  return {
    storage,
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
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${schema}`);
  const storage = createStorage({ type: 'postgres', url: url.href, migrate: true });
  await storage.open();
  return {
    storage,
    drop: async () => {
      await storage.close();
      await client.query(`DROP SCHEMA ${schema} CASCADE`);
      await client.end();
    },
  };
}
