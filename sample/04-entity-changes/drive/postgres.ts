import { auditTriggerStatements } from 'nestjs-audit-trail';
import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';

/** A schema that is gone afterwards, so that nothing of the database's owner is touched. */
export async function ownSchema(server: string): Promise<{ readonly url: string; drop(): Promise<void> }> {
  const name = `billing_sample_${Date.now()}`;
  await onServer(server, `CREATE SCHEMA ${name}`);
  const url = new URL(server);
  url.searchParams.set('options', `-c search_path=${name}`);
  return { url: url.href, drop: () => onServer(server, `DROP SCHEMA ${name} CASCADE`) };
}

/** What a migration of the application does, once its tables are there. */
export async function attachTriggers(billing: DataSourceOptions): Promise<void> {
  const dataSource = await new DataSource(billing).initialize();
  for (const sql of auditTriggerStatements(dataSource)) await dataSource.query(sql);
  await dataSource.destroy();
}

/** Somebody with a password and a prompt, whom the application knows nothing of. */
export function correctByHand(url: string, sql: string): Promise<void> {
  return onServer(url, sql, 'psql');
}

async function onServer(url: string, sql: string, applicationName?: string): Promise<void> {
  const dataSource = await new DataSource({ type: 'postgres', url, applicationName }).initialize();
  await dataSource.query(sql);
  await dataSource.destroy();
}
