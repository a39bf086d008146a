import { hash } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { jest } from '@jest/globals';
import { formatJsonLine } from '../../lib/event/json-line.js';
import { parseProofFile } from '../../lib/verification/proofs/proof-file.js';
import { openCheckpoint } from '../../lib/verification/notes/open-checkpoint.js';
import { parsePrivateKey } from '../../lib/verification/notes/private-key.js';
import { parseVerifierKey } from '../../lib/verification/notes/verifier-key.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { cli, cliJson, CliLog, ORIGIN } from './cli.harness.js';

jest.setTimeout(30_000);

describe('keygen', () => {
  it('writes a private key that only its owner can read, and prints the verifier key', async () => {
    const { location, drop } = freshSqliteFile();
    const out = `${location}.key`;
    const { code, out: printed, err } = await cli(['keygen', 'example.com/log', '--out', out]);
    expect(code).toBe(0);
    const key = parsePrivateKey(readFileSync(out, 'utf8').trim());
    expect(printed).toBe(`${key.verifierKey}\n`);
    expect(key.name).toBe('example.com/log');
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(err).toContain(out);
    expect(err + printed).not.toContain('PRIVATE+KEY');

    const again = await cli(['keygen', 'example.com/log', '--out', out]);
    expect([again.code, again.err]).toEqual([2, expect.stringContaining('never overwritten')]);
    expect(readFileSync(out, 'utf8').trim()).toContain(key.keyId);
    await drop();
  });

  it('takes the name as an option too, and prints JSON', async () => {
    const { location, drop } = freshSqliteFile();
    const { value } = await cliJson(['keygen', '--origin', 'example.com/log', '--out', `${location}.key`]);
    expect(value).toEqual({
      origin: 'example.com/log',
      keyId: expect.stringMatching(/^[0-9a-f]{8}$/),
      verifierKey: expect.stringContaining('example.com/log+'),
      keyFile: `${location}.key`,
    });
    await drop();
  });

  it.each([
    [['keygen'], 'name of its log'],
    [['keygen', 'a name'], 'cannot name a key'],
    [['keygen', 'a', '--out', '/nowhere/key'], 'cannot be written'],
  ])('refuses %j', async (args, message) => {
    const { code, err } = await cli(args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});

describe('migrate', () => {
  it.each([
    ['SQLite', async () => freshSqliteFile()],
    ['PostgreSQL', () => freshPostgres()],
  ])('creates the tables on %s, and does nothing the second time', async (_, create) => {
    const { location, drop } = await create();
    const missing = await cli(['stats', location]);
    expect(missing.code).toBe(2);
    for (let n = 0; n < 2; n++) {
      const { code, value } = await cliJson(['migrate', location]);
      expect([code, value.size]).toEqual([0, 0]);
    }
    expect((await cli(['stats', location])).code).toBe(0);
    expect(JSON.stringify((await cliJson(['migrate', location])).value)).not.toContain('postgres:postgres@');
    await drop();
  });
});

describe.each(['sqlite', 'postgres', 'file'] as const)('commands on a log: %s', (kind) => {
  let log: CliLog;
  let lines: { record: { id: string; action: string }; hash: string }[];
  beforeAll(async () => {
    log = await CliLog.create(kind, 300);
    const out = log.path('all.jsonl');
    await cli(['export', log.database, '--out', out]);
    lines = readFileSync(out, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  });
  afterAll(() => log.drop());

  describe('export', () => {
    const exported = async (name: string, ...more: string[]) => {
      const out = log.path(name);
      const { code, value } = await cliJson(['export', log.database, '--out', out, ...more]);
      expect(code).toBe(0);
      return {
        value,
        records: readFileSync(out, 'utf8')
          .split('\n')
          .slice(0, -1)
          .map((line) => JSON.parse(line)),
        out,
      };
    };

    it('writes every record as it is stored, with a checkpoint beside it', async () => {
      const { value, out } = await exported('a.jsonl');
      expect(value).toEqual({ format: 'jsonl', out, records: 302, checkpoint: 302, filtered: false });
      const stored = await log.run(({ storage }) => storage.ledger.readRange(0, 302));
      expect(readFileSync(out, 'utf8')).toBe(stored.map((row) => `${formatJsonLine(row)}\n`).join(''));
      openCheckpoint(readFileSync(`${out}.checkpoint`, 'utf8'), [parseVerifierKey(log.key.verifierKey)], ORIGIN);
    });

    it('filters', async () => {
      const { value, records } = await exported('denied.jsonl', '--outcome', 'denied', '--resource', 'invoice');
      expect(records).toHaveLength(75);
      expect(value).toMatchObject({ filtered: true, checkpoint: null });
      expect((await exported('action.jsonl', '--action', 'invoice.*')).records).toHaveLength(150);
      expect(
        (await exported('two.jsonl', '--action', 'job.run', 'audit.started', '--force')).records.length,
      ).toBeGreaterThan(75);
      expect((await exported('one.jsonl', '--resource', 'invoice:inv_5')).records).toHaveLength(1);
      expect((await exported('tenant.jsonl', '--tenant', 't_2', '--stream', 'tenant:t_2')).records).toHaveLength(75);
      expect((await exported('none.jsonl', '--until', '2001-01-01T00:00:00Z')).records).toHaveLength(0);
      expect(
        (await exported('actor.jsonl', '--actor', 'user_1', '--since', '2001-01-01T00:00:00Z')).records,
      ).toHaveLength(1);
    });

    it('leaves out sections, and a range', async () => {
      const { records } = await exported('bare.jsonl', '--sections', 'none', '--from', '10', '--to', '20');
      expect(records).toHaveLength(10);
      expect(records.every((record) => !('sections' in record))).toBe(true);
      const some = await exported('some.jsonl', '--sections', 'client,metadata');
      expect(new Set(some.records.flatMap(({ sections = {} }) => Object.keys(sections)))).toEqual(
        new Set(['client', 'metadata']),
      );
    });

    it('replaces no file unless it is told to, and leaves none behind that is not complete', async () => {
      const out = log.path('kept.jsonl');
      writeFileSync(out, 'precious');
      expect((await cli(['export', log.database, '--out', out])).code).toBe(2);
      expect(readFileSync(out, 'utf8')).toBe('precious');
      const interruption = new AbortController();
      interruption.abort(new Error('Interrupted.'));
      expect(
        (await cli(['export', log.database, '--out', log.path('cut.jsonl')], { signal: interruption.signal })).code,
      ).toBe(2);
      expect(existsSync(log.path('cut.jsonl'))).toBe(false);
    });

    if (kind !== 'postgres') {
      it('never replaces the log itself', async () => {
        const before = readFileSync(log.database);
        const { code, err } = await cli(['export', log.database, '--out', log.database, '--force']);
        expect([code, err]).toEqual([2, expect.stringContaining('a file of the log')]);
        expect(readFileSync(log.database)).toEqual(before);
      });
    }

    it('writes to the standard output', async () => {
      const { out, code, err } = await cli(['export', log.database, '--out', '-', '--to', '3']);
      expect([code, out.split('\n')]).toEqual([0, [...Array(3).fill(expect.stringMatching(/^\{"record"/)), '']]);
      expect(err).toContain('3 records');
    });

    it.each([
      [['--sections', 'nothing'], 'no section "nothing"'],
      [['--since', 'yesterday'], '--since takes a time'],
      [['--format', 'tiles', '--tenant', 'x'], 'do not go with them'],
      [['--action', 'a.*', 'b'], 'none can be a pattern'],
      [['--format', 'xml'], 'Allowed choices'],
    ])('refuses %j', async (more, message) => {
      const { code, err } = await cli(['export', log.database, '--out', log.path('never'), ...more]);
      expect([code, err]).toEqual([2, expect.stringContaining(message)]);
    });
  });

  describe('prove and check-proof', () => {
    const keyed = () => ['--key', log.key.verifierKey];
    const proofOf = async (index: number, ...more: string[]) => {
      const out = log.path(`${index}-${more.length}.tlog-proof`);
      const { code } = await cli([
        'prove',
        lines[index].record.id,
        '--database',
        log.database,
        '--out',
        out,
        '--force',
        ...more,
      ]);
      expect(code).toBe(0);
      return out;
    };

    it('prove any event to somebody who has nothing but the verifier key', async () => {
      for (const index of [0, 5, 255, 256, 299]) {
        const { code, value } = await cliJson(['check-proof', await proofOf(index), ...keyed()]);
        expect(code).toBe(0);
        expect(value).toMatchObject({ valid: true, origin: ORIGIN, index });
        expect(hash('sha256', value.record as string)).toBe(lines[index].hash);
      }
    });

    it('shows what is proven', async () => {
      const { out, code } = await cli(['check-proof', await proofOf(1), ...keyed()]);
      expect(code).toBe(0);
      expect(out).toMatch(/^PROVEN/);
      expect(out).toContain(lines[1].record.id);
      expect(out).toContain(lines[1].record.action);
    });

    it('keep the record apart if told to', async () => {
      const out = await proofOf(7, '--no-record');
      expect(parseProofFile(await readFile(out)).extra).toBeUndefined();
      const without = await cli(['check-proof', out, ...keyed()]);
      expect([without.code, without.err]).toEqual([2, expect.stringContaining('--record')]);
      const record = log.path('record.json');
      const text = await log.run(async ({ storage }) => (await storage.ledger.readRange(7, 1))[0].record);
      writeFileSync(record, `${text}\n`);
      expect((await cli(['check-proof', out, ...keyed(), '--record', record])).code).toBe(0);
      writeFileSync(record, text.replace('success', 'failure'));
      expect((await cliJson(['check-proof', out, ...keyed(), '--record', record])).value).toMatchObject({
        valid: false,
        reason: 'root_mismatch',
      });
    });

    it('say no to every change of the file', async () => {
      const out = await proofOf(42);
      const good = readFileSync(out, 'utf8');
      const bad = log.path('bad.tlog-proof');
      const [header, extra, index, ...rest] = good.split('\n');
      const swapped = Buffer.from(
        Buffer.from(extra.slice(6), 'base64').toString().replace('denied', 'failed'),
      ).toString('base64');
      const changes = [
        good.replace('index 4', 'index 5'),
        good.replace(rest[0], Buffer.alloc(32).toString('base64')),
        [header, `extra ${swapped}`, index, ...rest].join('\n'),
        good.replace(/\n(\d+)\n/, (_, size) => `\n${Number(size) + 1}\n`),
        'nonsense',
      ];
      for (const text of changes) {
        writeFileSync(bad, text);
        const { code, out: printed } = await cli(['check-proof', bad, ...keyed()]);
        expect([code, printed]).toEqual([1, expect.stringMatching(/^NOT PROVEN/)]);
      }
      const foreign = await cliJson(['check-proof', out, '--key', generatePrivateKey(ORIGIN).verifierKey]);
      expect(foreign).toMatchObject({ code: 1, value: { valid: false, reason: 'no_known_signature' } });
    });

    it('take a policy file', async () => {
      const policy = log.path('policy');
      writeFileSync(policy, `log ${log.key.verifierKey}\nquorum none\n`);
      const out = await proofOf(3);
      expect((await cli(['check-proof', out, '--policy', policy])).code).toBe(0);
      writeFileSync(policy, `log ${log.key.verifierKey}\nwitness w ${WITNESS}\nquorum w\n`);
      expect((await cliJson(['check-proof', out, '--policy', policy])).value).toMatchObject({
        reason: 'quorum_not_met',
      });
    });

    it('say what they cannot do', async () => {
      const id = lines[0].record.id;
      expect((await cli(['check-proof', await proofOf(3)])).err).toContain('--key');
      expect((await cli(['check-proof', '/nowhere', ...keyed()])).code).toBe(2);
      expect((await cli(['prove', 'nobody', '--database', log.database])).err).toContain('no event nobody');
      const other = generatePrivateKey(ORIGIN).verifierKey;
      const unsigned = await cli(['prove', id, '--database', log.database, '--key', other, '--out', '-']);
      expect([unsigned.code, unsigned.err]).toEqual([2, expect.stringContaining('No checkpoint of a trusted key')]);
      expect((await cli(['prove', id, '--database', log.database, '--out', '-'])).out).toMatch(
        /^c2sp.org\/tlog-proof@v1\n/,
      );
    });
  });

  it('show: an event, its place, and whether its row is intact', async () => {
    const { id } = lines[1].record;
    const { code, value } = await cliJson<{ bytes: string; findings: unknown[] }>([
      'show',
      id,
      '--database',
      log.database,
    ]);
    expect(code).toBe(0);
    expect(value).toMatchObject({
      logIndex: 1,
      hash: lines[1].hash,
      findings: [],
      checkpoint: { size: expect.any(Number) },
    });
    expect(hash('sha256', value.bytes)).toBe(lines[1].hash);
    const { out } = await cli(['show', id, '--database', log.database]);
    expect(out).toMatch(/^intact/);
    expect((await cli(['show', 'nobody', '--database', log.database])).code).toBe(2);
  });

  it('tail: the last events, filtered', async () => {
    const { out, code } = await cli(['tail', log.database, '-n', '3', '--action', 'job.run']);
    expect(code).toBe(0);
    const shown = out.trimEnd().split('\n');
    expect(shown).toHaveLength(3);
    expect(shown[2]).toMatch(/^ +300 .*success.*job\.run.*service:job/);
    const asJson = await cli(['tail', log.database, '-n', '2', '--json', '--action', 'job.run']);
    expect(
      asJson.out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line).record.action),
    ).toEqual(['job.run', 'job.run']);
  });

  it('show and tail: JSON on a terminal does not drive it', async () => {
    const note = '\u009b31mred \u202etxt';
    const { id } = await log.run((runtime) => runtime.pipeline.seal({ action: 'hostile.note', metadata: { note } }));
    const terminal = { terminal: true, env: { NO_COLOR: '1' } };
    for (const args of [
      ['show', id, '--database', log.database],
      ['tail', log.database, '--action', 'hostile.note'],
    ]) {
      const { out } = await cli([...args, '--json'], terminal);
      expect(out).not.toMatch(/[\u0080-\u009f\u202e]/);
      expect(JSON.stringify(JSON.parse(out))).toContain(note);
    }
    // Into a file go the bytes that were hashed.
    expect((await cli(['tail', log.database, '--action', 'hostile.note', '--json'])).out).toContain(note);
  });

  it('tail: goes on with what is sealed meanwhile', async () => {
    await log.run(async (runtime) => {
      const seal = async (n: number) => void (await runtime.pipeline.seal({ action: `followed.${n}` }));
      await seal(0);
      const interruption = new AbortController();
      // Each one shown has the next one sealed.
      const onOut = (printed: string) => {
        const shown = printed.match(/followed\.\d/g)?.length ?? 0;
        if (shown > 3) interruption.abort();
        else if (shown > 0) void seal(shown);
      };
      const args = ['tail', log.database, '-n', '1', '-f', '--action', 'followed.*'];
      const { out } = await cli(args, { signal: interruption.signal, onOut });
      expect(out.match(/followed\.\d/g)).toEqual(['followed.0', 'followed.1', 'followed.2', 'followed.3']);
    });
  });

  it('does not let what is in the log drive the terminal', async () => {
    await log.run((runtime) =>
      runtime.pipeline.seal({ action: 'evil.event', resource: { type: 'x', id: '\u001b]0;owned\u0007\u202e' } }),
    );
    const { out } = await cli(['tail', log.database, '-n', '5', '--action', 'evil.event'], { terminal: true });
    expect(out).not.toContain('\u001b]');
    expect(out).not.toContain('\u202e');
  });

  it('stats: what is in the log and how far it is signed', async () => {
    const { code, value } = await cliJson(['stats', log.database]);
    expect(code).toBe(0);
    expect(value).toMatchObject({
      kind,
      origin: ORIGIN,
      streams: 2,
      outbox: 0,
      processes: 0,
      checkpointSize: value.size,
      anchoredSize: value.size,
      unanchoredSince: null,
      lastVerification: null,
    });
    const { out } = await cli(['stats', log.database]);
    expect(out).toContain(ORIGIN);
    expect(out).not.toContain('postgres:postgres@');
  });

  it('doctor: what is good and what is not', async () => {
    const { code, value } = await cliJson<{ healthy: boolean; diagnoses: { name: string; status: string }[] }>([
      'doctor',
      log.database,
    ]);
    const status = Object.fromEntries(value.diagnoses.map(({ name, status: s }) => [name, s]));
    expect(status).toMatchObject({
      schema: 'good',
      ...(kind !== 'file' && { triggers: 'good' }),
      grants: 'note',
      clock: 'good',
      processes: 'good',
      checkpoints: 'good',
      anchors: 'good',
      verification: 'bad',
    });
    expect([code, value.healthy]).toEqual([1, false]);
    await log.run((runtime) => runtime.pipeline.seal({ action: 'audit.verified', actor: { type: 'system' } }));
    expect((await cliJson(['doctor', log.database])).value).toMatchObject({ healthy: true });
    await log.run((runtime) =>
      runtime.pipeline.seal({ action: 'audit.integrity_violation', actor: { type: 'system' } }),
    );
    const { out, code: unhealthy } = await cli(['doctor', log.database]);
    expect(unhealthy).toBe(1);
    expect(out).toMatch(/bad .*integrity .*a violation was recorded/);
  });

  it('checkpoint: signs what is there', async () => {
    const keyFile = log.path('signer.key');
    writeFileSync(keyFile, log.key.privateKey);
    const flags = ['--origin', ORIGIN, '--key-file', keyFile, '--state-file', log.stateFile, '--anchor', log.anchor];
    const { code, out } = await cli(['checkpoint', log.database, ...flags]);
    expect(code).toBe(0);
    const { checkpoint } = openCheckpoint(out, [parseVerifierKey(log.key.verifierKey)], ORIGIN);
    expect(existsSync(`${log.anchor}/checkpoints/${checkpoint.size}`)).toBe(true);
    const env = {
      AUDIT_SIGNING_ORIGIN: ORIGIN,
      AUDIT_SIGNING_KEY_FILE: keyFile,
      AUDIT_SIGNING_STATE_FILE: log.stateFile,
    };
    expect((await cliJson(['checkpoint', log.database], { env })).value).toMatchObject({
      checkpoint: { size: Number(checkpoint.size) },
      violations: [],
    });
    expect((await cli(['checkpoint', log.database])).err).toContain('--key-file');
    const wrong = await cli(['checkpoint', log.database, ...flags.with(1, 'example.com/other')]);
    expect([wrong.code, wrong.err]).toEqual([2, expect.stringContaining('The key is that of the log')]);
  });
});

describe('the command line', () => {
  it('explains itself', async () => {
    const { code, out } = await cli(['--help']);
    expect(code).toBe(0);
    for (const name of ['verify', 'export', 'prove', 'check-proof', 'keygen', 'checkpoint', 'doctor', 'migrate']) {
      expect(out).toContain(name);
      expect((await cli([name, '--help'])).out).toContain('Usage:');
    }
    expect(out).toContain('Exit codes: 0');
  });

  it('says what it does not understand', async () => {
    for (const args of [['verfiy'], [], ['export'], ['stats', '--nope']]) expect((await cli(args)).code).toBe(2);
  });
});

const WITNESS = 'witness.example.com/w1+04758baf+BIqI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c';
