import { hash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { jsonMembers } from '../../lib/event/json-members.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';
import type { VerifyReport } from '../../lib/cli/verify-report.js';
import { cli, cliJson, CliLog, ORIGIN } from './cli.harness.js';

jest.setTimeout(30_000);

describe.each(['sqlite', 'postgres', 'file'] as const)('verify: %s', (kind) => {
  let log: CliLog;
  let jsonl: string;
  let tiles: string;
  beforeAll(async () => {
    log = await CliLog.create(kind);
    jsonl = log.path('log.jsonl');
    tiles = log.path('tiles');
    expect((await cli(['export', log.database, '--out', jsonl])).code).toBe(0);
    expect((await cli(['export', log.database, '--format', 'tiles', '--out', tiles])).code).toBe(0);
  });
  afterAll(() => log.drop());

  const key = () => ['--key', log.key.verifierKey];
  const verify = (target: string, ...more: string[]) => cliJson<VerifyReport>(['verify', target, ...more]);

  it.each(['database', 'jsonl', 'tiles'] as const)(
    'says that a sound %s is valid, and how far it is proven',
    async (what) => {
      const target = { database: log.database, jsonl, tiles }[what];
      const { code, value } = await verify(target, ...key(), '--anchor', log.anchor);
      expect(value).toMatchObject({
        valid: true,
        verdict: 'valid',
        exitCode: 0,
        origin: ORIGIN,
        size: 302,
        checked: 302,
        provenSize: 302,
        findings: [],
      });
      expect(code).toBe(0);
      expect(value.checkpointsCompared).toBeGreaterThan(0);
    },
  );

  it('needs only the verifier key for an exported file', async () => {
    const alone = log.path('elsewhere.jsonl');
    copyFileSync(jsonl, alone);
    copyFileSync(`${jsonl}.checkpoint`, `${alone}.checkpoint`);
    const { code, value } = await verify(alone, ...key());
    expect([code, value.provenSize]).toEqual([0, 302]);
  });

  it('says what it could not check without a key', async () => {
    const { code, value } = await verify(log.database);
    expect([code, value.valid, value.provenSize]).toEqual([0, true, null]);
    expect(value.unchecked.join()).toContain('no keys were given');
    const { code: tilesCode, err } = await cli(['verify', tiles]);
    expect([tilesCode, err]).toEqual([2, expect.stringContaining('--key')]);
  });

  it('prints a verdict that is read at a glance', async () => {
    const { out, err, code } = await cli(['verify', log.database, ...key(), '--anchor', log.anchor]);
    expect(out.split('\n')[0]).toMatch(/^VALID {2}/);
    expect(out).toContain('proven   the first 302');
    expect([err, code]).toEqual(['', 0]);
    const coloured = await cli(['verify', log.database, ...key()], { terminal: true });
    expect(coloured.out).toContain('\u001b[');
    expect((await cli(['verify', log.database], { terminal: true, env: { NO_COLOR: '1' } })).out).not.toContain(
      '\u001b[',
    );
  });

  it('checks a part', async () => {
    for (const target of [log.database]) {
      const { code, value } = await verify(target, ...key(), '--from', '100', '--to', '150');
      expect([code, value.checked, value.valid]).toEqual([0, 50, true]);
      expect(value.unchecked.join()).toContain('records before 100');
    }
    const part = log.path('part.jsonl');
    await cli(['export', log.database, '--out', part, '--from', '100', '--force']);
    const { code, value } = await verify(part, '--from', '100');
    expect([code, value.checked, value.findings]).toEqual([0, 202, []]);
    const stream = await verify(log.database, '--stream', 'tenant:t_2');
    expect([stream.code, stream.value.checked]).toEqual([0, 75]);
  });

  it('does not call a part valid that holds no record', async () => {
    for (const part of [
      ['--from', '5000'],
      ['--from', '5', '--to', '3'],
      ['--stream', 'misspelt'],
    ]) {
      const { code, out, err } = await cli(['verify', log.database, ...part]);
      expect([code, out, err]).toEqual([2, '', expect.stringMatching(/^Nothing was checked: the log has \d+ records/)]);
    }
  });

  it('reads only what is new when it remembers what it verified', async () => {
    const state = ['--state', log.path('verifier.json')];
    expect((await verify(log.database, ...key(), ...state)).value.checked).toBe(302);
    const again = (await verify(log.database, ...key(), ...state, '--rolling', '0')).value;
    expect([again.valid, again.checked]).toEqual([true, 0]);
    expect((await verify(log.database, ...key(), ...state, '--full')).value.checked).toBe(302);
  });

  it('takes a trust file', async () => {
    const trust = log.path('trust.json');
    const write = (limits: object) =>
      writeFileSync(trust, JSON.stringify({ origin: ORIGIN, keys: [{ key: log.key.verifierKey, ...limits }] }));
    write({});
    expect((await verify(log.database, '--trust', trust)).value.provenSize).toBe(302);
    write({ lastSize: 100 });
    const late = await verify(log.database, '--trust', trust);
    expect(late.value.findings[0].class).toBe('unknown_key');
    expect(late.code).toBe(2);
    expect((await cli(['verify', log.database, '--trust', trust, ...key()])).code).toBe(2);
  });

  it.each(['database', 'jsonl', 'tiles'] as const)('does not believe the key of another of %s', async (what) => {
    const target = { database: log.database, jsonl, tiles }[what];
    const other = generatePrivateKey(ORIGIN).verifierKey;
    const { code, value } = await verify(target, '--key', other);
    expect(value.findings[0]).toMatchObject({ class: 'unknown_key' });
    expect(code).toBe(2);
  });

  it.each([
    ['a database that is not there', () => ['/nowhere/audit.sqlite'], 'There is no'],
    ['a file that is none', () => ['test/cli/verify.spec.ts'], 'database'],
    ['an anchor without checkpoints', () => [log.database, '--anchor', '/nowhere'], 'keeps no checkpoints'],
    ['a key that is none', () => [log.database, '--key', 'nonsense'], 'name+id+base64'],
    ['a number that is none', () => [log.database, '--from', 'x'], 'whole number'],
    ['an option that is none', () => [log.database, '--frm', '1'], 'unknown option'],
    ['a server that does not answer', () => ['postgres://127.0.0.1:1/x'], 'ECONNREFUSED'],
  ])('says what is wrong with %s, and exits with 2', async (_, args, message) => {
    const { code, err, out } = await cli(['verify', ...args()]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(message);
    expect(err).not.toContain('    at ');
  });

  describe('findings', () => {
    it('names a changed line of an exported file, and exits with 1', async () => {
      const changed = log.path('changed.jsonl');
      const lines = readFileSync(jsonl, 'utf8').split('\n');
      lines[42] = lines[42].replace('"outcome":"', '"outcome":"x');
      writeFileSync(changed, lines.join('\n'));
      copyFileSync(`${jsonl}.checkpoint`, `${changed}.checkpoint`);
      const { code, value } = await verify(changed, ...key());
      expect(value.findings[0]).toMatchObject({ class: 'modified', index: 42 });
      expect([code, value.verdict]).toEqual([1, 'modified']);
      const { out } = await cli(['verify', changed, ...key()]);
      expect(out).toMatch(/^MODIFIED/);
      expect(out).toContain('record 42');
    });

    it('names the first record of a history that was made anew, with the help of an earlier export', async () => {
      const rewritten = log.path('rewritten.jsonl');
      const previous = new Map<string, string>();
      const lines = readFileSync(jsonl, 'utf8').trimEnd().split('\n');
      const forged = lines.map((line, index) => {
        const [member] = jsonMembers(line);
        let record = line.slice(member.start, member.end);
        if (index === 41)
          record = record.replace('"severity":"', '"severity":"error","x":"').replace(/,"x":"[^"]*"/, '');
        const { stream } = JSON.parse(record) as { stream: string };
        const before = previous.get(stream);
        record = record.replace(
          /"previousHash":(null|"[0-9a-f]+")/,
          `"previousHash":${before ? `"${before}"` : 'null'}`,
        );
        const digest = hash('sha256', record);
        previous.set(stream, digest);
        return (
          line.slice(0, member.start) +
          record +
          line.slice(member.end).replace(/"hash":"[0-9a-f]+"/, `"hash":"${digest}"`)
        );
      });
      writeFileSync(rewritten, `${forged.join('\n')}\n`);
      expect((await verify(rewritten)).value.findings).toEqual([]);
      const checkpoint = ['--checkpoint', `${jsonl}.checkpoint`];
      const { code, value } = await verify(rewritten, ...key(), ...checkpoint);
      expect([code, value.verdict]).toEqual([1, 'rewritten']);
      const named = await verify(rewritten, ...key(), ...checkpoint, '--tiles', tiles);
      expect(named.value.findings[0]).toMatchObject({ index: 41 });
      expect(named.code).toBe(1);
    });

    it('notices that the end of an exported file is missing', async () => {
      const cut = log.path('cut.jsonl');
      writeFileSync(cut, readFileSync(jsonl, 'utf8').split('\n').slice(0, 290).join('\n'));
      const alone = await verify(cut, ...key());
      expect(alone.value.unchecked.join()).toContain('signed checkpoints: none were given');
      const { code, value } = await verify(cut, ...key(), '--checkpoint', `${jsonl}.checkpoint`);
      expect(value.findings[0]).toMatchObject({ class: 'truncated' });
      expect(code).toBe(1);
    });

    it('names a changed entry of a folder of tiles', async () => {
      const changed = log.path('changed-tiles');
      cpSync(tiles, changed, { recursive: true });
      const bundle = join(changed, 'tile/entries/000');
      const bytes = readFileSync(bundle);
      const at = bytes.indexOf('"outcome":"success"', 20_000);
      bytes.write('"outcome":"failure"', at);
      writeFileSync(bundle, bytes);
      const { code, value } = await verify(changed, ...key());
      expect(value.findings).toEqual([expect.objectContaining({ class: 'modified', column: 'tile/entries/000' })]);
      expect(code).toBe(1);
    });

    it('notices that a folder of tiles is behind an anchor, or another history', async () => {
      const other = await CliLog.create('sqlite', 350);
      try {
        const anchors = log.path('later-anchor');
        cpSync(log.anchor, anchors, { recursive: true });
        const signed = await log.run(async (runtime) => {
          await runtime.pipeline.seal({ action: 'x.y' });
          return runtime.checkpoint();
        });
        const behind = await verify(tiles, ...key(), '--anchor', log.anchor);
        expect(behind.value.findings[0]).toMatchObject({ class: 'truncated', index: 302, until: expect.any(Number) });
        expect(signed.size).toBeGreaterThan(302);
        const otherTiles = other.path('tiles');
        await cli(['export', other.database, '--format', 'tiles', '--out', otherTiles]);
        const trust = other.path('trust.json');
        const keys = [{ key: other.key.verifierKey }, { key: log.key.verifierKey }];
        writeFileSync(trust, JSON.stringify({ origin: ORIGIN, keys }));
        const rewritten = await verify(otherTiles, '--trust', trust, '--anchor', anchors);
        expect(rewritten.value.findings[0]).toMatchObject({
          class: 'rewritten',
          notes: [expect.stringContaining(ORIGIN)],
        });
        expect(rewritten.code).toBe(1);
      } finally {
        await other.drop();
      }
    });

    (kind === 'file' ? it.skip : it)('names a changed row of the database', async () => {
      const damaged = await CliLog.create(kind, 40);
      try {
        const storage = createStorage(
          kind === 'sqlite' ? { type: 'sqlite', path: damaged.database } : { type: 'postgres', url: damaged.database },
        );
        await storage.open();
        const { database } = storage;
        await database!.execute(
          kind === 'sqlite'
            ? 'DROP TRIGGER audit_event_no_update'
            : 'DROP TRIGGER audit_event_no_update ON audit_event',
        );
        await database!.execute("UPDATE audit_event SET actor_id = 'somebody' WHERE log_index = 17");
        await database!.execute(
          kind === 'sqlite'
            ? "CREATE TRIGGER quiet BEFORE INSERT ON audit_checkpoint BEGIN SELECT RAISE(ABORT, 'no'); END"
            : "CREATE TRIGGER quiet BEFORE INSERT ON audit_checkpoint FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('no')",
        );
        await storage.close();
        const { code, value } = await cliJson<VerifyReport>([
          'verify',
          damaged.database,
          '--key',
          damaged.key.verifierKey,
        ]);
        expect(value.findings).toEqual([
          expect.objectContaining({ class: 'projection_drift', index: 17, column: 'actor_id', found: 'somebody' }),
        ]);
        expect(code).toBe(1);
        const doctor = await cliJson<{ diagnoses: { name: string; status: string }[] }>(['doctor', damaged.database]);
        expect(doctor.value.diagnoses.filter(({ name }) => name === 'triggers')).toEqual([
          expect.objectContaining({ status: 'bad', message: expect.stringContaining('audit_event_no_update missing') }),
          expect.objectContaining({
            status: 'bad',
            message: expect.stringContaining('quiet on the tables of the log'),
          }),
        ]);
      } finally {
        await damaged.drop();
      }
    });
  });

  it('stops when it is interrupted', async () => {
    const interruption = new AbortController();
    interruption.abort(new Error('Interrupted.'));
    const { code, err } = await cli(['verify', log.database], { signal: interruption.signal });
    expect([code, err]).toEqual([2, 'Interrupted.\n']);
  });

  it('never makes a database that is not there', async () => {
    const { code } = await cli(['stats'], { env: { AUDIT_STORAGE_PATH: log.path('none.sqlite') } });
    expect(code).toBe(2);
    expect(existsSync(log.path('none.sqlite'))).toBe(false);
  });
});
