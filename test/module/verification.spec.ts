import { jest } from '@jest/globals';
import { Injectable, Module } from '@nestjs/common';
import type { INestApplicationContext, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { AuditHealthIndicator } from '../../lib/audit.health-indicator.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { AuditModule } from '../../lib/audit.module.js';
import { AuditService } from '../../lib/audit.service.js';
import { AuditRuntime } from '../../lib/runtime/audit-runtime.js';
import { generatePrivateKey } from '../../lib/verification/notes/private-key.js';
import { TrustError } from '../../lib/verification/trust/trust.error.js';
import { freshSqliteFile } from '../support/databases.js';

let ownRuns = 0;

@Injectable()
class OwnJobs {
  @Cron('0 0 2 * * *', { timeZone: 'UTC' })
  atTwo(): void {
    ownRuns++;
  }
}

function applicationOf(options: AuditModuleOptions, imports: object[], providers: Type[] = []): Type {
  @Module({ imports: [...(imports as Type[]), AuditModule.forRoot(options)], providers })
  class Application {}
  return Application;
}

const MEMORY: AuditModuleOptions = {
  storage: { type: 'memory' },
  queue: { thread: 'inline' },
  verification: { cron: '0 2 * * *', timeZone: 'UTC' },
};

describe('the nightly verification in an application', () => {
  let app: INestApplicationContext | undefined;

  beforeEach(() => {
    ownRuns = 0;
    jest.useFakeTimers({
      now: Date.parse('2026-11-21T01:59:55Z'),
      doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask', 'performance', 'hrtime'],
    });
  });

  afterEach(async () => {
    if (app) await during(app.close());
    app = undefined;
    jest.useRealTimers();
  });

  /** Lets time pass until the promise is settled. */
  async function during<T>(work: Promise<T>): Promise<T> {
    let settled = false;
    const watched = work.finally(() => (settled = true));
    watched.catch(() => undefined);
    while (!settled) await jest.advanceTimersByTimeAsync(1);
    return work;
  }

  async function start(options: AuditModuleOptions, imports: object[] = [], providers: Type[] = []) {
    app = await during(
      NestFactory.createApplicationContext(applicationOf(options, imports, providers), { logger: false }),
    );
    return app;
  }

  const actions = async (one: INestApplicationContext) =>
    (await one.get(AuditService).find()).items.map(({ record }) => record.action);

  it("runs on the application's scheduler, whose own jobs run once", async () => {
    const one = await start(MEMORY, [ScheduleModule.forRoot()], [OwnJobs]);
    const registry = one.get(SchedulerRegistry);
    expect([...registry.getCronJobs().keys()]).toContain('audit:verify');

    await jest.advanceTimersByTimeAsync(6_000);
    await during(one.get(AuditService).whenIdle());
    expect(ownRuns).toBe(1);
    expect(await actions(one)).toEqual(['audit.verified', 'audit.started']);
    expect(one.get(AuditHealthIndicator).isHealthy()).toMatchObject({
      audit: { status: 'up', verdict: 'valid', verifiedAt: expect.stringMatching(/^2026-11-21T02:00:0/) },
    });

    await during(one.close());
    app = undefined;
    expect([...registry.getCronJobs().keys()]).not.toContain('audit:verify');
  });

  it('runs by itself where the application has no scheduler, every night', async () => {
    const one = await start(MEMORY);
    for (let night = 0; night < 3; night++) {
      await jest.advanceTimersByTimeAsync(86_400_000);
      await during(one.get(AuditService).whenIdle());
    }
    expect((await actions(one)).filter((action) => action === 'audit.verified')).toHaveLength(3);
  }, 60_000);

  it('does not run when it is off', async () => {
    const one = await start({ ...MEMORY, verification: { enabled: false } });
    await jest.advanceTimersByTimeAsync(6_000);
    expect(await actions(one)).toEqual(['audit.started']);
    expect(one.get(AuditService).stats().verification).toBeNull();
    expect(await during(one.get(AuditService).verifyHistory())).toMatchObject({ verdict: 'valid' });
  });

  it('does not start with a trust file that cannot be read', async () => {
    const options = { ...MEMORY, verification: { trustFile: '/nowhere/trust.json' } };
    await expect(start(options)).rejects.toThrow(TrustError);
  });
});

describe('the nightly verification of a tampered database', () => {
  it('raises the alarm in every way', async () => {
    const database = freshSqliteFile();
    const origin = 'example.com/nightly';
    const told: unknown[] = [];
    const options: AuditModuleOptions = {
      storage: { type: 'sqlite', path: database.location },
      queue: { thread: 'inline' },
      signing: {
        origin,
        key: generatePrivateKey(origin).privateKey,
        stateFile: `${database.location}.signer.json`,
      },
      checkpoints: { anchors: [{ directory: `${database.location}.anchor` }] },
      verification: {
        stateFile: `${database.location}.verifier.json`,
        rolling: 1,
        onViolation: (violation) => void told.push(violation),
      },
    };
    const app = await NestFactory.createApplicationContext(applicationOf(options, []), { logger: false });
    const audit = app.get(AuditService);
    const { verification, storage } = app.get(AuditRuntime);
    const [receipt] = await audit.logMany([{ action: 'invoice.delete' }, { action: 'invoice.create' }]);
    await audit.checkpoint();
    await verification.runNow();
    expect(audit.stats().verification).toMatchObject({ status: 'up', lastRun: { verdict: 'valid' }, violations: 0 });

    await storage.database?.execute('DROP TRIGGER audit_event_no_update');
    await storage.database?.execute("UPDATE audit_event SET action = 'invoice.read' WHERE event_id = ?", [receipt.id]);
    await verification.runNow();
    await audit.whenIdle();

    expect(told).toMatchObject([
      {
        class: 'projection_drift',
        index: receipt.logIndex,
        expected: 'invoice.delete',
        found: 'invoice.read',
        verdict: { exitCode: 1, findings: [{ column: 'action', eventId: receipt.id }] },
      },
    ]);
    expect((await audit.find({ action: 'audit.integrity_violation' })).items).toHaveLength(1);
    expect(app.get(AuditHealthIndicator).isHealthy('trail')).toMatchObject({
      trail: { status: 'down', violations: 1, problems: [expect.stringContaining('projection_drift')] },
    });
    await app.close();
    await database.drop();
  });
});
