import { formatTimestamp } from '../../event/timestamp.js';
import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { LeaseStore } from '../../ledger/lease-store.port.js';
import type { AuditVerdict, AuditVerifyOptions } from '../history/audit-verdict.interface.js';
import type { CompletedRun } from '../history/verifier-state.js';
import type { VerificationHealth } from './job-health.interface.js';
import type { JobScheduler, ScheduledJob } from './job-scheduler.port.js';
import { failureEvent, verdictEvent } from './verification-events.js';
import { VerificationOverdueError } from './verification-overdue.error.js';
import { WindowLease } from './window-lease.js';

export interface VerificationJobOptions {
  readonly verifier: {
    verify(options: AuditVerifyOptions): Promise<AuditVerdict>;
    lastRun(): Promise<CompletedRun | null>;
  };
  readonly scheduler: JobScheduler;
  readonly cron: string;
  readonly timeZone?: string;
  readonly mode?: AuditVerifyOptions['mode'];
  readonly rolling?: number;
  readonly leases: LeaseStore;
  /** This process, as it is called in leases. */
  readonly holder: string;
  /** How long the others wait for an instance that died, in milliseconds. @default 60000 */
  readonly leaseMs?: number;
  /** How long after its time a run counts as overdue, in milliseconds. @default 3600000 */
  readonly graceMs?: number;
  /** Puts an event into the log. */
  readonly record: (event: AuditEvent) => void;
  /** Told of a verdict that is evidence of a change, not of a run that came to none. */
  readonly onViolation?: (verdict: AuditVerdict) => void | Promise<void>;
  readonly logError: (message: string) => void;
  /** Told of everything that kept a run from its verdict, and of a run that is overdue. */
  readonly onFailure: (error: unknown) => void;
  /** Unix time in milliseconds. @default Date.now */
  readonly now?: () => number;
}

const NAME = 'audit:verify';
const LEASE_MS = 60_000;
const GRACE_MS = 3_600_000;
const EARLY_MS = 500;

/**
 * Verifies the log on a schedule. All instances of an application have the job; for each of its times one of them runs
 * it. If that one dies, another takes over.
 */
export class VerificationJob {
  private scheduled: ScheduledJob | null = null;
  private watch: NodeJS.Timeout | null = null;
  private running: Promise<void> | null = null;
  private readonly abort = new AbortController();
  private readonly lease: WindowLease;
  private lastRun: CompletedRun | null = null;
  private failed: string | null = null;
  private violations = 0;
  private failures = 0;
  private startedAt = 0;
  private reportedDue = 0;

  constructor(private readonly options: VerificationJobOptions) {
    this.lease = new WindowLease({
      leases: options.leases,
      name: 'verification',
      holder: options.holder,
      leaseMs: options.leaseMs ?? LEASE_MS,
      now: () => this.now(),
    });
  }

  /** Schedules the job, and learns how the last run ended, whoever ran it. */
  async start(): Promise<void> {
    const { scheduler, cron, timeZone } = this.options;
    this.startedAt = this.now();
    this.scheduled = scheduler.schedule({ name: NAME, cron, timeZone, run: () => void this.tick() });
    this.watch = setInterval(() => void this.checkOverdue(), this.graceMs / 4);
    this.watch.unref();
    await this.refresh();
    // A time that passed while no instance was up is made up for.
    if (this.lastRun && this.dueAt() <= this.startedAt) void this.tick();
  }

  /** Ends the schedule and waits for a run to end, which is told to. Never throws. */
  async stop(): Promise<void> {
    this.scheduled?.stop();
    if (this.watch) clearInterval(this.watch);
    this.abort.abort(new Error('The verification was ended by the shutdown of the application.'));
    await this.running;
  }

  /** Runs now, unless this process is at it already; waits for it in any case. */
  runNow(): Promise<void> {
    return (this.running ??= this.run().finally(() => (this.running = null)));
  }

  /** Resolves when no run of this process is going on. */
  async whenIdle(): Promise<void> {
    await this.running;
  }

  health(): VerificationHealth {
    const { lastRun, violations, failures } = this;
    const overdue = this.isOverdue();
    const problem = this.failed ?? problemOf(lastRun) ?? (overdue ? this.overdueError().message : null);
    return {
      status: problem === null ? 'up' : 'down',
      problem,
      lastRun,
      overdue,
      nextRunAt: this.scheduled ? formatTimestamp(this.scheduled.nextAfter(this.now())) : null,
      running: this.running !== null,
      violations,
      failures,
    };
  }

  /** A scheduled time has come, on every instance. */
  private tick(): Promise<void> {
    this.running ??= this.runInTurn().finally(() => (this.running = null));
    return this.running;
  }

  private async runInTurn(): Promise<void> {
    // Timers may be a little early, and the next round is not this one.
    const next = this.scheduled?.nextAfter(this.now() + EARLY_MS) ?? this.now();
    try {
      const { signal } = this.abort;
      const ran = await this.lease.runOnce(next, signal, () => this.run());
      if (!ran) await this.refresh();
    } catch (error) {
      if (!this.abort.signal.aborted) this.fail(error);
    }
  }

  private async run(): Promise<void> {
    const { verifier, mode, rolling, record } = this.options;
    const { signal } = this.abort;
    try {
      const verdict = await verifier.verify({ mode, rolling, signal });
      this.failed = null;
      record(verdictEvent(verdict));
      await this.refresh();
      if (verdict.exitCode === 1) await this.raiseAlarm(verdict);
    } catch (error) {
      if (signal.aborted) return;
      this.fail(error);
      record(failureEvent(error));
    }
  }

  private async raiseAlarm(verdict: AuditVerdict): Promise<void> {
    const { onViolation, logError, onFailure } = this.options;
    this.violations++;
    const [first] = verdict.findings;
    logError(
      `integrity violation (${verdict.verdict}), ${verdict.totalFindings} findings, the first: ${first.message}`,
    );
    try {
      await onViolation?.(verdict);
    } catch (error) {
      onFailure(error);
    }
  }

  private fail(error: unknown): void {
    this.failures++;
    this.failed = error instanceof Error ? error.message : String(error);
    this.options.onFailure(error);
  }

  /** How the last run ended may be known to another instance only. */
  private async refresh(): Promise<void> {
    try {
      this.lastRun = (await this.options.verifier.lastRun()) ?? this.lastRun;
    } catch (error) {
      this.fail(error);
    }
  }

  private async checkOverdue(): Promise<void> {
    if (!this.isOverdue()) return;
    await this.refresh();
    const due = this.dueAt();
    if (!this.isOverdue() || this.reportedDue === due) return;
    this.reportedDue = due;
    this.options.onFailure(this.overdueError());
  }

  private isOverdue(): boolean {
    return this.scheduled !== null && this.now() > this.dueAt() + this.graceMs;
  }

  /** When the run after the last one was or is due. */
  private dueAt(): number {
    const since = this.lastRun ? Date.parse(this.lastRun.at) : this.startedAt;
    return this.scheduled?.nextAfter(since) ?? Infinity;
  }

  private overdueError(): VerificationOverdueError {
    return new VerificationOverdueError(formatTimestamp(this.dueAt()), this.lastRun?.at ?? null);
  }

  private get graceMs(): number {
    return this.options.graceMs ?? GRACE_MS;
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}

function problemOf(run: CompletedRun | null): string | null {
  if (!run || run.exitCode === 0) return null;
  return `The verification of ${run.at} found: ${run.verdict} (${run.findings} findings).`;
}
