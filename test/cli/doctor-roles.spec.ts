import { jest } from '@jest/globals';
import { onPostgres } from '../support/databases.js';
import { cliJson, CliLog } from './cli.harness.js';

jest.setTimeout(30_000);

describe('doctor: what a role of PostgreSQL could do', () => {
  it.each([
    ['a superuser', null, 'note', 'is a superuser'],
    ['a writer', 'GRANT SELECT, INSERT', 'good', 'neither change nor delete'],
    ['somebody with too much', 'GRANT SELECT, INSERT, UPDATE, DELETE', 'note', 'may UPDATE audit_event, may DELETE'],
  ])('%s', async (_, grant, status, message) => {
    const log = await CliLog.create('postgres', 5);
    const role = `audit_doctor_${process.pid}`;
    const url = new URL(log.database);
    try {
      if (grant !== null) {
        const schema = /search_path=(\w+)/.exec(url.searchParams.get('options') ?? '')?.[1];
        await onPostgres(log.database, async (client) => {
          await client.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'`);
          await client.query(`GRANT USAGE ON SCHEMA ${schema} TO ${role}`);
          await client.query(`GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${role}`);
          await client.query(`${grant} ON audit_event TO ${role}`);
        });
        url.username = role;
        url.password = 'x';
      }
      const { value } = await cliJson<{ diagnoses: object[] }>(['doctor', url.href]);
      expect(value.diagnoses).toContainEqual({ name: 'grants', status, message: expect.stringContaining(message) });
    } finally {
      if (grant !== null)
        await onPostgres(log.database, (client) => client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
      await log.drop();
    }
  });
});
