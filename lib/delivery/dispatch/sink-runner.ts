import type { SinkCursor } from '../delivery-store.port.js';
import { pause } from '../delivery-clock.js';
import { fullJitter } from '../retry/index.js';
import type { DispatchParts } from './dispatch-parts.js';
import type { SinkBinding } from './sink-binding.js';
import { DELIVERY_LEASE_PREFIX, SinkLease } from './sink-lease.js';
import { SinkReporter } from './sink-reporter.js';
import { SinkWorker } from './sink-worker.js';

/** How often a flush looks whether the process that serves the sink has got through. */
const ELSEWHERE_POLL_MS = 100;

/**
 * Serves one sink: wakes on news and by time, works until there is nothing to do, waits out failures. Each sink has
 * its own runner and its own loop, so a slow or dead one holds back nothing else.
 */
export class SinkRunner {
  readonly worker: SinkWorker;
  readonly reporter: SinkReporter;
  private readonly lease: SinkLease;
  private readonly stopping = new AbortController();
  private isStarted = false;
  private isWanted = false;
  private isUrgent = false;
  private running: Promise<void> | null = null;
  private cancelTimer: (() => void) | null = null;
  private cancelHint: (() => void) | null = null;
  private wakeAt = Infinity;
  private storeFailures = 0;

  constructor(
    readonly binding: SinkBinding,
    private readonly parts: DispatchParts,
    onCommitted: (cursor: SinkCursor) => void,
  ) {
    const { leases, holder, leaseTtlMs, clock } = parts;
    this.reporter = new SinkReporter(binding, parts);
    this.worker = new SinkWorker(binding, parts, this.reporter, onCommitted);
    this.lease = new SinkLease(leases, DELIVERY_LEASE_PREFIX + binding.name, holder, leaseTtlMs, clock);
  }

  /** Whether this process is the one that serves the sink. */
  get isServing(): boolean {
    return this.lease.isHeld;
  }

  /** From now on it also wakes by time. */
  start(): void {
    this.isStarted = true;
    this.wake();
  }

  /** There are new events. Costs next to nothing, however often it is called. */
  hint(): void {
    const now = this.parts.clock.now();
    if (this.stopping.signal.aborted || this.cancelHint !== null) return;
    if (this.running !== null) this.isWanted = true;
    else if (this.isServing ? this.worker.isResting(now) : now < this.lease.retryAt)
      return; // the timer wakes it
    else if (this.parts.coalesceMs === 0) this.wake();
    else this.cancelHint = this.parts.clock.schedule(this.parts.coalesceMs, () => this.wake());
  }

  /** Looks for work now. */
  wake(): void {
    this.cancelHint?.();
    this.cancelHint = null;
    if (this.stopping.signal.aborted) return;
    this.isWanted = true;
    this.running ??= this.loop().finally(() => {
      this.running = null;
      if (this.isWanted) this.wake();
      else this.setTimer();
    });
  }

  /** Resolves when there is nothing to do right now: all is delivered, or the sink waits out a failure. */
  async whenIdle(): Promise<void> {
    if (this.cancelHint !== null) this.wake();
    while (this.running !== null) await this.running;
    await this.reporter.settled();
  }

  /**
   * Tries everything now, waiting times notwithstanding.
   * @param until log index up to which it is waited for when another process serves the sink
   */
  async flush(until: number, timeoutMs: number): Promise<void> {
    await this.parts.store.expedite(this.binding.name);
    const deadline = this.parts.clock.now() + timeoutMs;
    this.isUrgent = true;
    this.wake();
    await this.whenIdle();
    while (!this.isServing && !this.stopping.signal.aborted && this.parts.clock.now() < deadline) {
      const cursor = await this.parts.store.readCursor(this.binding.name);
      const isThrough = cursor !== null && cursor.nextIndex >= until;
      if (isThrough || (cursor !== null && cursor.nextAttemptAt !== null)) return;
      await pause(this.parts.clock, ELSEWHERE_POLL_MS, this.stopping.signal);
      this.isUrgent = true;
      this.wake();
      await this.whenIdle();
    }
  }

  /** Delivers what there is, for at most so long, then stops for good and gives the sink to other processes. */
  async stop(drainMs: number): Promise<void> {
    this.cancelTimer?.();
    if (drainMs > 0) await this.drain(drainMs);
    this.stopping.abort();
    this.cancelTimer?.();
    this.cancelHint?.();
    while (this.running !== null) await this.running;
    await this.lease.release().catch((error: unknown) => this.reporter.storeFailed(error));
  }

  private async drain(drainMs: number): Promise<void> {
    this.isUrgent = true;
    this.wake();
    const drained = new AbortController();
    const idle = this.whenIdle().finally(() => drained.abort());
    await Promise.race([idle, pause(this.parts.clock, drainMs, drained.signal)]);
  }

  private async loop(): Promise<void> {
    while (this.isWanted && !this.stopping.signal.aborted) {
      this.isWanted = false;
      this.wakeAt = Infinity;
      const isUrgent = this.isUrgent;
      this.isUrgent = false;
      try {
        await this.cycle(isUrgent).finally(() => this.worker.rest());
        this.storeFailures = 0;
        this.reporter.storeWorks();
      } catch (error) {
        this.reporter.storeFailed(error);
        this.worker.forget();
        const { clock, random } = this.parts;
        this.wakeAt = clock.now() + 1 + fullJitter(this.binding.retry, ++this.storeFailures, random);
      }
    }
  }

  private async cycle(isUrgent: boolean): Promise<void> {
    if (!(await this.serve(isUrgent))) return;
    const { signal } = this.stopping;
    await this.worker.refresh();
    let step = await this.worker.stepParked(signal);
    while (step === 'again' && !signal.aborted) step = await this.worker.stepParked(signal);
    for (;;) {
      if (signal.aborted || !(await this.serve(false))) return;
      const next = await this.worker.step(signal, isUrgent);
      if (next === 'idle') return;
      if (next !== 'again') {
        this.wakeAt = next.waitUntil;
        if (this.worker.cursor) this.reporter.waiting(this.worker.cursor);
        return;
      }
    }
  }

  private async serve(insist: boolean): Promise<boolean> {
    const wasServing = this.lease.isHeld;
    const isServing = await this.lease.hold(insist);
    if (!wasServing) this.worker.forget();
    if (!isServing) this.wakeAt = Math.min(this.wakeAt, this.lease.retryAt);
    else if (!wasServing) await this.worker.refresh();
    return isServing;
  }

  private setTimer(): void {
    this.cancelTimer?.();
    this.cancelTimer = null;
    if (!this.isStarted || this.stopping.signal.aborted) return;
    const { clock, flushEveryMs } = this.parts;
    const delay = Math.min(this.wakeAt - clock.now(), flushEveryMs > 0 ? flushEveryMs : Infinity);
    if (delay !== Infinity) this.cancelTimer = clock.schedule(Math.max(0, delay), () => this.wake());
  }
}
