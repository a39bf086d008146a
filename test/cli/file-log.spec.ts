import { readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { dirname } from 'node:path';
import { jest } from '@jest/globals';
import type { VerifyReport } from '../../lib/cli/verify-report.js';
import { cliJson, CliLog } from './cli.harness.js';

jest.setTimeout(30_000);

/** More than one file, as the harness has it. */
const EVENTS = 300;

describe('the command line and a log in files', () => {
  let log: CliLog;
  beforeEach(async () => {
    log = await CliLog.create('file', EVENTS);
  });
  afterEach(() => log.drop());

  const verify = () => cliJson<VerifyReport>(['verify', log.database, '--key', log.key.verifierKey]);
  const names = () => readdirSync(dirname(log.database));

  it('verifies all of its files, though only one is named', async () => {
    expect(names().filter((name) => /\.[0-9]{16}\.jsonl$/.test(name)).length).toBeGreaterThan(0);
    const { code, value } = await verify();
    expect([code, value.findings]).toEqual([0, []]);
    expect(value.size).toBeGreaterThan(EVENTS);
    expect(value.checked).toBe(value.size);
    // Looking neither repairs nor locks anything.
    expect(names()).toEqual(names().filter((name) => !name.includes('.torn-')));
  });

  it('sees that its end was cut off', async () => {
    const { value: whole } = await verify();
    const text = readFileSync(log.database, 'utf8');
    truncateSync(log.database, text.lastIndexOf('\n', text.length - 2) + 1);
    const { code, value } = await verify();
    expect([code, value.verdict, value.findings[0].index]).toEqual([1, 'truncated', Number(whole.size) - 1]);
  });

  it('is no exported file when somebody takes the head away, or the manifest', async () => {
    const { value: whole } = await verify();
    rmSync(`${log.database}.head`);
    expect((await verify()).value).toMatchObject({ valid: true, size: whole.size, checked: whole.size });
    rmSync(`${log.database}.manifest`);
    expect((await verify()).value).toMatchObject({ valid: true, size: whole.size, checked: whole.size });
  });
});
