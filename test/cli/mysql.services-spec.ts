import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VerifyReport } from '../../lib/cli/verify-report.js';
import { freshMysql, mysqlUrl, onMysql } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { cli, cliJson, CliLog } from './cli.harness.js';

const describeMysql = await describeWithMysql();

interface Doctor {
  readonly diagnoses: readonly { readonly name: string; readonly status: string; readonly message: string }[];
}

describeMysql('the command line on MySQL', () => {
  let log: CliLog;
  beforeAll(async () => (log = await CliLog.create('mysql')));
  afterAll(() => log.drop());

  it('migrates, and looks at what it made', async () => {
    const { location, drop } = await freshMysql();
    expect((await cli(['stats', location])).code).toBe(2);
    expect((await cliJson(['migrate', location])).value).toMatchObject({ size: 0, kind: 'mysql' });
    expect((await cli(['stats', location])).code).toBe(0);
    await drop();
  });

  it('verifies, exports and proves', async () => {
    const flags = ['--key', log.key.verifierKey, '--anchor', log.anchor];
    expect((await cliJson<VerifyReport>(['verify', log.database, ...flags])).value).toMatchObject({
      valid: true,
      provenSize: 302,
    });
    const jsonl = log.path('log.jsonl');
    expect((await cli(['export', log.database, '--out', jsonl])).code).toBe(0);
    expect((await cli(['verify', jsonl, '--key', log.key.verifierKey])).code).toBe(0);
    const { record } = JSON.parse(readFileSync(jsonl, 'utf8').split('\n')[200]) as { record: { id: string } };
    const proof = log.path('x.tlog-proof');
    expect((await cli(['prove', record.id, '--database', log.database, '--out', proof])).code).toBe(0);
    expect((await cli(['check-proof', proof, '--key', log.key.verifierKey])).code).toBe(0);
  });

  it('examines triggers, clocks and the grants of the role that looks', async () => {
    const owner = await cliJson<Doctor>(['doctor', log.database]);
    const status = (value: Doctor) => Object.fromEntries(value.diagnoses.map((one) => [one.name, one.status]));
    expect(status(owner.value)).toMatchObject({ triggers: 'good', clock: 'good', grants: 'note', anchors: 'good' });
    expect(JSON.stringify(owner.value)).toContain('may UPDATE audit_event');

    const user = `audit_doctor_${process.pid}`;
    const name = new URL(log.database).pathname.slice(1);
    const grants = readFileSync(join('sql', 'roles.mysql.sql'), 'utf8')
      .split(';')
      .map((statement) => statement.replace(/^--.*$/gm, '').trim())
      .filter((statement) => statement.endsWith('TO audit_writer'))
      .map((statement) => statement.replace(/ ON /, ` ON ${name}.`).replace('TO audit_writer', `TO '${user}'@'%'`));
    await onMysql(mysqlUrl(), async (client) => {
      await client.query(`CREATE USER '${user}'@'%' IDENTIFIED BY 'x'`);
      for (const grant of grants) await client.query(grant);
    });
    try {
      const url = new URL(log.database);
      url.username = user;
      url.password = 'x';
      const { value } = await cliJson<Doctor>(['doctor', url.href]);
      expect(status(value)).toMatchObject({ grants: 'good' });
    } finally {
      await onMysql(mysqlUrl(), `DROP USER '${user}'@'%'`);
    }
  });
});
