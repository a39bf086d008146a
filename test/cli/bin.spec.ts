import { execFile } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { CliLog, ORIGIN } from './cli.harness.js';

const run = promisify(execFile);
// Each test starts several processes, on a machine that may be busy.
jest.setTimeout(60_000);

describe.each(['esm', 'cjs'])('the built command line: %s', (flavour) => {
  const main = join(process.cwd(), 'dist', flavour, 'cli/main.js');
  let log: CliLog;
  beforeAll(async () => (log = await CliLog.create('sqlite', 20)));
  afterAll(() => log.drop());

  /** As a shell would, with nothing of this process's environment but the path. */
  async function shell(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    try {
      const { stdout, stderr } = await run(process.execPath, [main, ...args], { env: { PATH: process.env.PATH } });
      return { code: 0, stdout, stderr };
    } catch (error) {
      return error as { code: number; stdout: string; stderr: string };
    }
  }

  it('begins as a script that can be executed', () => {
    expect(readFileSync(main, 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/);
    const { bin } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(statSync(bin['nestjs-audit-trail']).isFile()).toBe(true);
  });

  it('verifies, with its exit codes', async () => {
    const sound = await shell('verify', log.database, '--key', log.key.verifierKey, '--anchor', log.anchor);
    expect(sound).toMatchObject({ code: 0, stdout: expect.stringMatching(/^VALID/), stderr: '' });
    const jsonl = log.path(`${flavour}.jsonl`);
    expect((await shell('export', log.database, '--out', jsonl)).code).toBe(0);
    expect((await shell('verify', jsonl, '--key', log.key.verifierKey, '--json')).stdout).toContain(
      `"origin": "${ORIGIN}"`,
    );
    const cut = readFileSync(jsonl, 'utf8').split('\n').slice(1).join('\n');
    writeFileSync(jsonl, cut);
    expect((await shell('verify', jsonl)).code).toBe(1);
    expect(await shell('verify', '/nowhere')).toMatchObject({ code: 2, stdout: '' });
  });

  it('stops in order when it is told to', async () => {
    const child = execFile(process.execPath, [main, 'tail', log.database, '-f']);
    const closed = new Promise<number | null>((resolve) => child.on('close', resolve));
    child.stdout?.once('data', () => child.kill('SIGTERM'));
    expect(await closed).toBe(0);
  });

  it('ends with its exit code where nobody reads what it says', async () => {
    const codeOf = (stream: 'stdout' | 'stderr', ...args: string[]) => {
      const child = execFile(process.execPath, [main, ...args]);
      child[stream]?.destroy();
      return new Promise<number | null>((resolve) => child.on('exit', resolve));
    };
    const jsonl = log.path(`${flavour}-cut.jsonl`);
    await shell('export', log.database, '--out', jsonl);
    writeFileSync(jsonl, readFileSync(jsonl, 'utf8').split('\n').slice(1).join('\n'));
    expect(await codeOf('stdout', 'verify', jsonl)).toBe(1);
    expect(await codeOf('stdout', 'verify', log.database)).toBe(0);
    expect(await codeOf('stderr', 'verify', '/nowhere')).toBe(2);
  });

  it('says that a disk is full, and that this is not the fault of the log', async () => {
    const failed = await run('sh', ['-c', `${process.execPath} ${main} stats ${log.database} > /dev/full`]).catch(
      (error: unknown) => error,
    );
    expect(failed).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^The output cannot be written: ENOSPC.*\n$/),
    });
  });

  it('does not mind a reader that has seen enough', async () => {
    const command = `${process.execPath} ${main} export ${log.database} --out - | head -c 10`;
    const { stdout, stderr } = await run('sh', ['-c', command]);
    expect(stdout).toBe('{"record":');
    expect(stderr).not.toContain('EPIPE');
  });
});
