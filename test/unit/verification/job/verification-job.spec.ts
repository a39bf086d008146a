import { jest } from '@jest/globals';
import type { AuditEvent } from '../../../../lib/event/audit-event.interface.js';
import { MemoryLeaseStore } from '../../../../lib/storage/memory/memory-lease-store.js';
import type { AuditVerdict } from '../../../../lib/verification/history/audit-verdict.interface.js';
import type { JobScheduler } from '../../../../lib/verification/job/job-scheduler.port.js';
import { VerificationJob } from '../../../../lib/verification/job/verification-job.js';
import type { VerificationJobOptions } from '../../../../lib/verification/job/verification-job.js';
import { VerificationOverdueError } from '../../../../lib/verification/job/verification-overdue.error.js';
import { formatCheckpoint } from '../../../../lib/verification/notes/checkpoint.js';
import { signNoteAsync } from '../../../../lib/verification/notes/sign-note.js';
import { freshKey } from '../../../support/signed-log.js';
import { VerifiedLog } from '../../../support/verified-log.js';

const DAY = 86_400_000;

/** Every day at midnight UTC; the test says when the time has come. */
class TestScheduler implements JobScheduler {
  readonly jobs = new Map<string, () => void>();
  private count = 0;

  schedule({ name, run }: Parameters<JobScheduler['schedule']>[0]) {
    const key = `${name}#${this.count++}`;
    this.jobs.set(key, run);
    return {
      nextAfter: (time: number) => (Math.floor(time / DAY) + 1) * DAY,
      stop: () => void this.jobs.delete(key),
    };
  }

  tick(): void {
    for (const run of this.jobs.values()) run();
  }
}

describe('VerificationJob', () => {
  let log: VerifiedLog;
  let leases: MemoryLeaseStore;
  let scheduler: TestScheduler;
  let now: number;
  const jobs: VerificationJob[] = [];

  beforeEach(async () => {
    log = new VerifiedLog();
    await log.grow(8);
    now = Date.parse('2026-11-21T20:44:00Z');
    leases = new MemoryLeaseStore(() => now);
    scheduler = new TestScheduler();
  });

  afterEach(async () => {
    for (const job of jobs.splice(0)) await job.stop();
    log.drop();
  });

  /** One instance of the application. */
  async function instance(changes: Partial<VerificationJobOptions> = {}) {
    const events: AuditEvent[] = [];
    const violations: AuditVerdict[] = [];
    const failures: unknown[] = [];
    const errors: string[] = [];
    const job = new VerificationJob({
      verifier: log.verifier({ now: () => now }),
      scheduler,
      cron: '0 0 * * *',
      leases,
      holder: `instance-${jobs.length}`,
      leaseMs: 60,
      record: (event) => events.push(event),
      onViolation: (verdict) => void violations.push(verdict),
      logError: (message) => errors.push(message),
      onFailure: (error) => failures.push(error),
      now: () => now,
      ...changes,
    });
    jobs.push(job);
    await job.start();
    return { job, events, violations, failures, errors };
  }

  const idle = () => Promise.all(jobs.map((job) => job.whenIdle()));

  it('runs on one of many instances, and all of them know how it ended', async () => {
    const instances = [await instance(), await instance(), await instance()];
    scheduler.tick();
    await idle();
    const events = instances.flatMap((one) => one.events);
    expect(events).toMatchObject([
      {
        action: 'audit.verified',
        outcome: 'success',
        metadata: { verdict: 'valid', size: 8, checkpointSize: 8, findings: 0 },
      },
    ]);
    expect(events[0].metadata).toMatchObject({ root: log.database.head.root, durationMs: expect.any(Number) });
    for (const { job } of instances) {
      expect(job.health()).toMatchObject({
        status: 'up',
        problem: null,
        lastRun: { verdict: 'valid', size: 8, at: '2026-11-21T20:44:00.000000Z' },
        nextRunAt: '2026-11-22T00:00:00.000000Z',
        overdue: false,
      });
    }
  });

  it('runs once for each time, whoever comes first', async () => {
    const instances = [await instance(), await instance()];
    for (let day = 0; day < 3; day++) {
      scheduler.tick();
      await idle();
      now += DAY;
    }
    expect(instances.flatMap((one) => one.events)).toHaveLength(3);
  });

  it('is taken over from an instance that died', async () => {
    await leases.acquire('verification', 'dead', 60);
    const { events, job } = await instance();
    scheduler.tick();
    expect(job.health().running).toBe(true);
    expect(events).toEqual([]);
    now += 61;
    await idle();
    expect(events).toHaveLength(1);
  });

  it('leaves the run to an instance that is at it, and to one that has done it', async () => {
    await leases.acquire('verification', 'done', DAY / 4);
    const { events } = await instance();
    scheduler.tick();
    await idle();
    expect(events).toEqual([]);
  });

  it('raises the alarm for as long as something is wrong', async () => {
    const { job, events, violations, errors } = await instance();
    log.database.rows[3].action = 'x';
    for (let day = 0; day < 2; day++) {
      scheduler.tick();
      await idle();
      now += DAY;
    }
    expect(violations).toHaveLength(2);
    expect(violations[0]).toMatchObject({ exitCode: 1, verdict: 'projection_drift', errorIndex: 3 });
    expect(errors[0]).toMatch(/integrity violation \(projection_drift\), 1 findings, the first: The column action/);
    expect(events[0]).toMatchObject({
      action: 'audit.integrity_violation',
      outcome: 'failure',
      severity: 'error',
      reason: { code: 'projection_drift' },
      metadata: { first: [{ class: 'projection_drift', index: 3, column: 'action' }] },
    });
    expect(job.health()).toMatchObject({
      status: 'down',
      violations: 2,
      problem: expect.stringContaining('projection_drift'),
    });

    await log.reset();
    scheduler.tick();
    await idle();
    expect(job.health()).toMatchObject({ status: 'up', violations: 2 });
  });

  it('reports what an onViolation throws, and goes on', async () => {
    const broken = new Error('pager is broken');
    const { failures } = await instance({ onViolation: () => Promise.reject(broken) });
    log.database.rows[3].action = 'x';
    scheduler.tick();
    await idle();
    expect(failures).toEqual([broken]);
  });

  it('is down when it cannot check, and says so in the log', async () => {
    const away = new Error('database is away');
    const { job, events, failures } = await instance({
      verifier: { verify: () => Promise.reject(away), lastRun: async () => null },
    });
    scheduler.tick();
    await idle();
    expect(failures).toEqual([away]);
    expect(events).toMatchObject([{ action: 'audit.verification_failed', outcome: 'failure', error: away }]);
    expect(job.health()).toMatchObject({ status: 'down', problem: 'database is away', failures: 1 });
  });

  it('says that it cannot tell when a key that nobody trusts has signed', async () => {
    const { events, violations, job } = await instance();
    const stranger = freshKey(log.signed.origin);
    const text = formatCheckpoint({ origin: log.signed.origin, size: 8n, root: Buffer.alloc(32) });
    log.checkpoints = [{ ...log.checkpoints[0], note: await signNoteAsync(text, [stranger]) }];
    scheduler.tick();
    await idle();
    expect(job.health()).toMatchObject({ status: 'down', lastRun: { verdict: 'unknown_key', exitCode: 2 } });
    expect(events).toMatchObject([{ action: 'audit.verification_inconclusive', severity: 'warning' }]);
    expect(violations).toEqual([]);
  });

  it('is down when a run is overdue, and reports it once', async () => {
    jest.useFakeTimers();
    try {
      const { job, failures } = await instance({ graceMs: 3_600_000 });
      now += DAY;
      expect(job.health()).toMatchObject({ status: 'down', overdue: true });
      await jest.advanceTimersByTimeAsync(3_600_000);
      await jest.advanceTimersByTimeAsync(3_600_000);
      expect(failures).toHaveLength(1);
      expect(failures[0]).toBeInstanceOf(VerificationOverdueError);
      expect((failures[0] as Error).message).toMatch(/due at 2026-11-22T00:00:00.000000Z.*never/);
    } finally {
      jest.useRealTimers();
    }
  });

  it('is overdue when somebody holds its lease for ever', async () => {
    await leases.acquire('verification', 'somebody', 1000 * DAY);
    const { job, events } = await instance();
    scheduler.tick();
    await idle();
    expect(events).toEqual([]);
    expect(job.health()).toMatchObject({ status: 'up' });
    now += DAY;
    expect(job.health()).toMatchObject({ status: 'down', overdue: true });
  });

  it('makes up for a time at which no instance was up', async () => {
    const first = await instance();
    scheduler.tick();
    await idle();
    await first.job.stop();
    now += 2 * DAY;
    const { events } = await instance();
    await idle();
    expect(events).toHaveLength(1);
  });

  it('is told to end by the shutdown, waits for it, and leaves the run to others', async () => {
    let aborted = false;
    const { job, events, failures } = await instance({
      verifier: {
        lastRun: async () => null,
        verify: ({ signal }) =>
          new Promise((_, reject) => {
            signal?.addEventListener('abort', () => {
              aborted = true;
              reject(signal.reason as Error);
            });
          }),
      },
    });
    scheduler.tick();
    await leases.list('verification');
    await job.stop();
    expect(aborted).toBe(true);
    expect([events, failures]).toEqual([[], []]);
    expect(await leases.list('verification')).toEqual([]);
    expect(scheduler.jobs.size).toBe(0);
  });

  it('runs at once when it is told to', async () => {
    const { job, events } = await instance();
    await job.runNow();
    expect(events).toHaveLength(1);
  });
});
