import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { generateKeyPairSync } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import { Module } from '@nestjs/common';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditHealthIndicator, AuditModule, AuditService, RestoreRefusedError } from '../../lib/index.js';
import type { AuditModuleOptions } from '../../lib/index.js';
import { SigningRefusedError } from '../../lib/verification/signing/signing-refused.error.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';

jest.setTimeout(30_000);

const ORIGIN = 'example.com/module';
const NEXT = `${ORIGIN}/2`;

describe('an application that signs', () => {
  let folder: string;
  let path: string;
  let app: INestApplicationContext | undefined;
  const keys: Record<string, string> = {
    [ORIGIN]: generatePrivateKey(ORIGIN).privateKey,
    [NEXT]: generatePrivateKey(NEXT).privateKey,
  };
  const eventKey = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'audit-signing-'));
    path = join(folder, 'audit.sqlite');
  });
  afterEach(async () => {
    await app?.close();
    app = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function start(origin: string | null, events = false): Promise<AuditService> {
    await app?.close();
    const signing: AuditModuleOptions['signing'] =
      origin === null
        ? undefined
        : {
            origin,
            key: keys[origin],
            stateFile: join(folder, 'signer.json'),
            ...(events && { events: { algorithm: 'ed25519', key: eventKey } }),
          };
    class AppModule {}
    Module({
      imports: [
        AuditModule.forRoot({
          storage: { type: 'sqlite', path },
          queue: { thread: 'inline' },
          verification: { stateFile: join(folder, 'verifier.json') },
          ...(signing && {
            signing,
            checkpoints: { anchors: [{ directory: join(folder, `anchor-${origin!.length}`) }] },
          }),
        }),
      ],
    })(AppModule);
    app = await NestFactory.createApplicationContext(AppModule, { logger: false, abortOnError: false });
    return app.get(AuditService);
  }

  const health = () => app!.get(AuditHealthIndicator).isHealthy().audit;

  /** Ends the application and puts a backup of an earlier moment in the place of its database. */
  async function restoreBackup(events = false): Promise<void> {
    const audit = await start(ORIGIN, events);
    await audit.log({ action: 'thing.done' });
    await audit.checkpoint();
    await app!.close();
    copyFileSync(path, join(folder, 'backup.sqlite'));
    await (await start(ORIGIN, events)).log({ action: 'thing.lost' });
    await app!.close();
    app = undefined;
    for (const suffix of ['-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
    copyFileSync(join(folder, 'backup.sqlite'), path);
  }

  it('is healthy until the log is not signed any more', async () => {
    const audit = await start(ORIGIN);
    await audit.checkpoint();
    expect(health()).toMatchObject({ status: 'up', signing: 'ok' });
    expect(health()).not.toHaveProperty('problems');

    await restoreBackup();
    const restored = await start(ORIGIN);
    await expect(restored.checkpoint()).rejects.toThrow(SigningRefusedError);
    expect(health()).toMatchObject({
      status: 'down',
      signing: 'rollback',
      problems: [expect.stringContaining('restored from a backup')],
    });
  });

  it.each([
    ['', false],
    [', each event signed as well', true],
  ])('records a restore and goes on under a new name%s', async (_, events) => {
    await restoreBackup(events);
    const audit = await start(NEXT, events);
    await expect(audit.checkpoint()).rejects.toMatchObject({ state: 'origin_changed' });
    expect(health()).toMatchObject({ status: 'down', signing: 'origin_changed' });

    const restored = await audit.restored({ operator: 'alice', reason: 'disk failure' });
    expect(restored).toMatchObject({ origin: NEXT, previousOrigin: ORIGIN, lastSigned: { size: expect.any(Number) } });
    const event = await audit.get(restored.eventId);
    expect(event).toMatchObject({
      logIndex: restored.logIndex,
      record: { action: 'audit.restored', actor: { id: 'alice' }, reason: { code: 'restored_from_backup' } },
      sections: { metadata: { previousOrigin: ORIGIN, lastCheckpoint: restored.lastSigned, reason: 'disk failure' } },
    });
    expect(health()).toMatchObject({ status: 'up', signing: 'ok', signedSize: expect.any(Number) });
    expect(JSON.parse(readFileSync(join(folder, 'signer.json'), 'utf8'))).toMatchObject({ origin: NEXT });
    expect(await audit.verify()).toMatchObject({ valid: true });
    await expect(audit.restored({ operator: 'alice', reason: 'again' })).rejects.toThrow(RestoreRefusedError);
  });

  it('raises no alarm when signing is turned on, off and on again', async () => {
    for (const origin of [null, ORIGIN, null, ORIGIN]) {
      const audit = await start(origin);
      await audit.log({ action: 'thing.done' });
      if (origin) await audit.checkpoint();
      const { valid, findings } = await audit.verify();
      expect([origin, valid, findings]).toEqual([origin, true, []]);
      const verdict = await audit.verifyHistory();
      expect([origin, verdict.verdict, verdict.findings]).toEqual([origin, 'valid', []]);
    }
    const off = await start(null);
    expect((await off.verify()).unchecked).toContain("the head's origin: none was given");
  });

  it('names nothing to restore without a key', async () => {
    const audit = await start(null);
    await expect(audit.restored({ operator: 'alice', reason: 'none' })).rejects.toThrow('keygen');
  });
});
