import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createConnection } from 'mysql2/promise';
import type { Connection } from 'mysql2/promise';
import { Client } from 'pg';

/** A place for one test's tables: nobody else's, and gone afterwards. */
export interface FreshDatabase {
  /** URL of a server's database, or path of a SQLite file that does not exist yet. */
  readonly location: string;
  drop(): Promise<void>;
}

/** A path in a new folder. */
export function freshSqliteFile(): FreshDatabase {
  const folder = mkdtempSync(join(tmpdir(), 'audit-sqlite-'));
  return {
    location: join(folder, 'audit.sqlite'),
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** A new schema on the PostgreSQL that jest's globalSetup started: as good as a database of one's own, and faster made. */
export async function freshPostgres(server = postgresUrl()): Promise<FreshDatabase> {
  const name = freshName();
  await onPostgres(server, (client) => client.query(`CREATE SCHEMA ${name}`));
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${name}`);
  return {
    location: url.href,
    drop: () => onPostgres(server, (client) => client.query(`DROP SCHEMA IF EXISTS ${name} CASCADE`)),
  };
}

/** A new database, for what a schema cannot have: `options` of CREATE DATABASE. */
export async function freshPostgresDatabase(options = '', server = postgresUrl()): Promise<FreshDatabase> {
  const name = freshName();
  await onPostgres(server, (client) => client.query(`CREATE DATABASE ${name} ${options}`));
  return {
    location: withDatabase(server, name),
    drop: () => onPostgres(server, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** A new database on the MariaDB or MySQL of {@link mysqlUrl}. */
export async function freshMysql(server = mysqlUrl(), options = ''): Promise<FreshDatabase> {
  const name = freshName();
  await onMysql(server, `CREATE DATABASE ${name} ${options}`);
  return { location: withDatabase(server, name), drop: () => onMysql(server, `DROP DATABASE IF EXISTS ${name}`) };
}

export function postgresUrl(): string {
  const url = process.env.TEST_POSTGRES_URL;
  if (!url) throw new Error('No TEST_POSTGRES_URL: run the tests through jest.config.js, which starts a server.');
  return url;
}

export function mysqlUrl(): string {
  return process.env.TEST_MYSQL_URL ?? 'mysql://root@127.0.0.1:3306/test';
}

/** Whether the server of {@link mysqlUrl} answers. */
export async function mysqlAnswers(): Promise<boolean> {
  try {
    await onMysql(mysqlUrl(), 'SELECT 1');
    return true;
  } catch {
    return false;
  }
}

/** Runs a callback with a connection of its own. */
export async function onPostgres<T>(url: string, work: (client: Client) => Promise<T>): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}

/** Runs a statement, or a callback, with a connection of its own. */
export async function onMysql(url: string, work: string | ((client: Connection) => Promise<unknown>)): Promise<void> {
  const connection = await createConnection(url);
  try {
    await (typeof work === 'string' ? connection.query(work) : work(connection));
  } finally {
    await connection.end();
  }
}

function freshName(): string {
  return `audit_test_${process.pid}_${randomBytes(6).toString('hex')}`;
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}
