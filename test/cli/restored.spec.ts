import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { jest } from '@jest/globals';
import { openCheckpoint } from '../../lib/verification/notes/open-checkpoint.js';
import { parseVerifierKey } from '../../lib/verification/notes/verifier-key.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import type { VerifyReport } from '../../lib/cli/verify-report.js';
import { cli, cliJson, CliLog, ORIGIN } from './cli.harness.js';

jest.setTimeout(30_000);

const NEXT = `${ORIGIN}/2`;

describe('a database that was restored from a backup', () => {
  let log: CliLog;
  beforeEach(async () => {
    log = await CliLog.create('sqlite', 20);
    copyFileSync(log.database, log.path('backup.sqlite'));
    for (let n = 0; n < 2; n++) await log.run((runtime) => runtime.pipeline.seal({ action: 'lost.event' }));
    for (const suffix of ['-wal', '-shm']) rmSync(`${log.database}${suffix}`, { force: true });
    copyFileSync(log.path('backup.sqlite'), log.database);
  });
  afterEach(() => log.drop());

  const keyFile = () => log.path('next.key');
  const flags = () => ['--origin', NEXT, '--key-file', keyFile(), '--state-file', log.stateFile];
  const makeKey = () => cliJson(['keygen', NEXT, '--out', keyFile()]).then(({ value }) => value.verifierKey as string);

  it('is called a rollback by the signer and by the verifier, never anything worse', async () => {
    const old = log.path('old.key');
    writeFileSync(old, log.key.privateKey);
    const signing = ['--origin', ORIGIN, '--key-file', old, '--state-file', log.stateFile];
    const { code, err } = await cli(['checkpoint', log.database, ...signing]);
    expect([code, err]).toEqual([1, expect.stringContaining('rollback')]);
    const before = readFileSync(log.stateFile, 'utf8');
    expect((await cli(['checkpoint', log.database, ...signing])).code).toBe(1);
    expect(readFileSync(log.stateFile, 'utf8')).toBe(before);

    const { value } = await cliJson<VerifyReport>([
      'verify',
      log.database,
      '--key',
      log.key.verifierKey,
      '--anchor',
      log.anchor,
    ]);
    expect(value.valid).toBe(false);
    expect(['rollback', 'truncated']).toContain(value.verdict);
  });

  it('goes on under a new name, which the log itself explains, and verifies from then on', async () => {
    const verifierKey = await makeKey();
    const args = ['restored', log.database, ...flags(), '--operator', 'alice', '--reason', 'disk failure'];
    const { code, value } = await cliJson(args);
    expect(code).toBe(0);
    expect(value).toMatchObject({ origin: NEXT, previousOrigin: ORIGIN, lastSigned: { size: 28 }, restoredSize: 22 });

    const next: AuditModuleOptions = {
      signing: { origin: NEXT, keyFile: keyFile(), stateFile: log.stateFile },
      checkpoints: { anchors: [{ directory: log.path('anchor-2') }] },
    };
    const note = await log.run(async (runtime) => {
      const [event] = (await runtime.reader.find({ action: 'audit.restored' })).items;
      expect(event.record).toMatchObject({ actor: { id: 'alice' }, reason: { code: 'restored_from_backup' } });
      expect(event.sections.metadata).toMatchObject({
        origin: NEXT,
        previousOrigin: ORIGIN,
        lastCheckpoint: { size: 28, root: expect.stringMatching(/^[0-9a-f]{64}$/) },
        restored: { size: 22 },
        operator: 'alice',
        reason: 'disk failure',
      });
      expect((await runtime.storage.ledger.readHead()).origin).toBe(NEXT);
      return (await runtime.checkpoint()).note;
    }, next);
    openCheckpoint(note, [parseVerifierKey(verifierKey)], NEXT);
    expect(JSON.parse(readFileSync(log.stateFile, 'utf8'))).toMatchObject({
      origin: NEXT,
      predecessors: [{ origin: ORIGIN, size: 28 }],
    });

    const trust = log.path('trust.json');
    const keys = [{ key: verifierKey }, { key: log.key.verifierKey, origin: ORIGIN, lastSize: 22 }];
    writeFileSync(trust, JSON.stringify({ origin: NEXT, keys }));
    const verified = await cliJson<VerifyReport>([
      'verify',
      log.database,
      '--trust',
      trust,
      '--anchor',
      log.path('anchor-2'),
    ]);
    expect(verified.value.findings).toEqual([]);
    expect([verified.code, verified.value.valid]).toEqual([0, true]);
  });

  it('is signed as an event where events are signed one by one, and refused without the key for that', async () => {
    await makeKey();
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    writeFileSync(log.path('events.pem'), pem);
    await log.run((runtime) => runtime.pipeline.seal({ action: 'signed.event' }), {
      signing: {
        origin: ORIGIN,
        key: log.key.privateKey,
        stateFile: log.path('other-state.json'),
        events: { algorithm: 'ed25519', keyFile: log.path('events.pem') },
      },
      checkpoints: {},
    });
    const args = ['restored', log.database, ...flags(), '--reason', 'test'];
    const refused = await cli(args);
    expect([refused.code, refused.err]).toEqual([2, expect.stringContaining('AUDIT_SIGNING_EVENTS_KEY_FILE')]);

    const env = {
      AUDIT_SIGNING_EVENTS_ALGORITHM: 'ed25519',
      AUDIT_SIGNING_EVENTS_KEY_FILE: log.path('events.pem'),
    };
    const { code, value } = await cliJson(args, { env });
    expect(code).toBe(0);
    const shown = await cliJson<{ signature: { alg: string } }>([
      'show',
      String(value.eventId),
      '--database',
      log.database,
    ]);
    expect(shown.value.signature).toMatchObject({ alg: 'ed25519' });
  });

  it('is asked for only once, with a name that is new and a key that is there', async () => {
    const args = (origin: string, key: string) => {
      const flags = `--origin ${origin} --key-file ${key} --state-file ${log.stateFile} --reason test`;
      return ['restored', log.database, ...flags.split(' ')];
    };
    expect((await cli(args(NEXT, '/nowhere'))).err).toContain('cannot be read');
    await makeKey();
    const other = log.path('old.key');
    writeFileSync(other, log.key.privateKey);
    const same = await cli(args(ORIGIN, other));
    expect([same.code, same.err]).toEqual([2, expect.stringContaining('goes on as')]);
    expect((await cli(args(NEXT, keyFile()))).code).toBe(0);
    expect((await cli(args(NEXT, keyFile()))).err).toContain('goes on as');
    const back = await cli(args(ORIGIN, other));
    expect([back.code, back.err]).toEqual([2, expect.stringContaining('was the name of this log before')]);
    const state = await cli(args(NEXT, keyFile()).with(7, log.path('none.json')));
    expect([state.code, state.err]).toEqual([2, expect.stringContaining('does not exist')]);
    const { code, err } = await cli(['restored', log.database, ...flags()]);
    expect([code, err]).toEqual([2, expect.stringContaining('--reason')]);
  });
});
