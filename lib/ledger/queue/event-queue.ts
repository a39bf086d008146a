import type { SealableEvent } from '../../event/sealable-event.js';
import { timestampNow } from '../../event/timestamp.js';
import type { SealReceipt } from '../seal-receipt.interface.js';
import type { EventQueueHooks, EventQueueOptions, QueueStats } from './event-queue.interface.js';
import type { EventJournal } from './event-journal.interface.js';
import { GapCounter } from './gap-counter.js';
import { GapReports } from './gap-reports.js';
import type { GapReason } from './gap-counter.js';
import { QueueClosedError, SealTimeoutError } from './queue.errors.js';
import type { UnstorableEventError } from './queue.errors.js';
import { RetryTimer } from './retry-timer.js';
import { RunLoop } from './run-loop.js';
import { SealAttempts } from './seal-attempts.js';
import { SealWaiters } from './seal-waiters.js';
import type { Sealer } from './sealer.interface.js';
import { WaitingEvents } from './waiting-events.js';

/**
 * Holds accepted events for a few milliseconds and has them sealed in batches, in order. Bounded: beyond its bounds
 * events go to the journal's disk if there is one, else they are counted and the count is sealed as an `audit.gap`.
 * At every moment accepted = sealed + pending + lost.
 */
export class EventQueue {
  private readonly waiting: WaitingEvents;
  private readonly attempts: SealAttempts;
  private readonly loop: RunLoop;
  private inFlight = 0;
  private readonly waiters = new SealWaiters();
  private readonly withdrawn = new Set<string>();
  private readonly gaps = new GapCounter();
  private readonly reports: GapReports;
  private readonly retry = new RetryTimer();
  private accepted = 0;
  private sealed = 0;
  private relays = 0;
  private held = false;
  private closed = false;

  constructor(
    private readonly sealer: Sealer,
    private readonly options: EventQueueOptions,
    private readonly hooks: EventQueueHooks,
    private readonly journal?: EventJournal,
  ) {
    this.waiting = new WaitingEvents(options);
    this.loop = new RunLoop({
      run: () => this.run(),
      hasWork: () => this.hasWork(),
      mayRun: () => !this.closed && !this.held,
      isDue: () => this.waiting.length >= options.maxBatch,
      lingerMs: options.lingerMs,
      onFailure: (error) => hooks.onFailure(error, false),
    });
    this.reports = new GapReports(this.gaps, {
      gapEvent: (gap) => hooks.gapEvent(gap),
      pauseMs: options.retryMaxMs,
      onDue: () => this.loop.wake(false),
    });
    this.attempts = new SealAttempts({
      sealer,
      retry: this.retry,
      retryOptions: options,
      outcomes: {
        wantsReceipts: (batch) => this.waiters.size > 0 && batch.some(({ id }) => this.waiters.has(id)),
        sealed: (batch, receipts) => this.settle(batch, receipts),
        // The journal knows an event by the object that it was given, not by its reduced form.
        dealtWith: (event) => void (this.closed || this.journal?.settle([event])),
        refused: (event, refusal) => this.giveUp(event, refusal),
        abandoned: (batch) => this.giveBack(batch),
        stillWanted: (batch) => this.dropWithdrawn(batch),
      },
      reduced: (event) => hooks.reduced(event),
      onFailure: (error, final) => hooks.onFailure(error, final),
    });
  }

  /** Takes the event in and returns at once. A full queue counts it as lost and says so in the log later. */
  offer(event: SealableEvent): void {
    this.accepted++;
    if (this.closed) return this.lose('shutdown_deadline', event);
    if (this.journal) {
      const kept = this.journal.append(event, this.waiting.isFull);
      if (kept === 'spilled') return this.loop.wake(false);
      if (kept === 'failed' && this.waiting.isFull) return this.lose('spool_failed', event);
    } else if (this.waiting.isFull) {
      return this.lose('queue_overflow', event);
    }
    this.waiting.push(event);
    this.loop.wake(false);
  }

  /** Takes events in but seals none until `release`: for the time before the store is open. */
  hold(): void {
    this.held = true;
  }

  release(): void {
    this.held = false;
    this.loop.wake(true);
  }

  /**
   * Takes the event in ahead of the linger and resolves once it is sealed.
   * @param withdraw what a time-out does: take the event back (true), or leave it to be sealed later
   * @throws {SealTimeoutError} not sealed in time
   * @throws {UnstorableEventError} the store refuses it
   * @throws {QueueClosedError} after the shutdown
   */
  submit(event: SealableEvent, withdraw: boolean): Promise<SealReceipt> {
    if (this.closed) return Promise.reject(new QueueClosedError());
    this.accepted++;
    const { sealTimeoutMs } = this.options;
    const receipt = this.waiters.wait(event.id, sealTimeoutMs, () => {
      if (withdraw) this.withdraw(event);
      return new SealTimeoutError(sealTimeoutMs, withdraw, this.attempts.lastError);
    });
    // Behind events that are on disk only the journal would keep it there as well, and it would be sealed from both.
    if (this.journal?.spilled === 0) this.journal.append(event, false);
    // Somebody waits for this one and will not send the next before: the queue's bound need not hold him off.
    this.waiting.push(event);
    this.loop.wake(true);
    return receipt;
  }

  /** Seals what a dead process left in its journal; events that made it into the log before are recognised. */
  async replay(events: readonly SealableEvent[]): Promise<void> {
    if (events.length === 0) return;
    this.accepted += events.length;
    await this.loop.exclusively(() => this.process([...events], true));
  }

  /**
   * Seals events that are kept elsewhere until they are sealed: one attempt, between two batches of the queue. Those that
   * are in the log already are recognised.
   * @throws what the sealer throws; the events are not this queue's then and are counted nowhere
   */
  async relay(events: readonly SealableEvent[]): Promise<void> {
    if (this.closed) throw new QueueClosedError();
    let failure: { readonly error: unknown } | undefined;
    this.relays++;
    await this.loop.exclusively(async () => {
      this.relays--;
      this.accepted += events.length;
      this.inFlight += events.length;
      try {
        this.settle(events, await this.sealer.seal(events, { replay: true, receipts: false }));
      } catch (error) {
        this.accepted -= events.length;
        this.inFlight -= events.length;
        failure = { error };
      }
    });
    if (failure) throw failure.error;
  }

  /** Counts a loss that happened elsewhere on the way of accepted events. */
  noteLoss(reason: GapReason, count: number): void {
    this.accepted += count;
    this.gaps.note(reason, timestampNow(), count);
    this.loop.wake(false);
  }

  stats(): QueueStats {
    const { accepted, sealed, gaps, attempts } = this;
    return { accepted, sealed, pending: this.pending(), lost: gaps.total, failures: attempts.failures };
  }

  /** Resolves when nothing waits: all that was accepted before is sealed or counted as lost. */
  async whenIdle(): Promise<void> {
    while (!this.closed && (this.loop.running || this.pending() > 0 || this.reports.due)) {
      this.loop.wake(true);
      await (this.loop.running ?? new Promise<void>((resolve) => setImmediate(resolve)));
    }
  }

  /**
   * Seals what is waiting and closes. What is left at the deadline stays in the journal if there is one, else it is
   * counted as lost.
   * @returns how many events could not be sealed; one more if a loss could not be told in the log
   */
  async close(deadlineMs: number): Promise<number> {
    this.retry.skip();
    const deadline = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), deadlineMs).unref());
    const outcome = await Promise.race([this.whenIdle(), deadline]);
    this.closed = true;
    this.retry.abandon();
    this.reports.stop();
    // A loss that could not be told is no clean end either.
    const untold = this.gaps.hasOpen ? 1 : 0;
    const left = outcome === 'late' ? this.pending() : 0;
    if (left > 0 && !this.journal) this.gaps.note('shutdown_deadline', timestampNow(), left);
    this.waiters.rejectAll(() => new QueueClosedError());
    this.journal?.close();
    return left + untold;
  }

  private pending(): number {
    return this.waiting.length + this.inFlight + (this.journal?.spilled ?? 0);
  }

  private lose(reason: GapReason, event: SealableEvent): void {
    this.gaps.note(reason, event.columns.occurredAt);
    this.loop.wake(false);
  }

  private hasWork(): boolean {
    return this.waiting.length > 0 || this.reports.due || (this.journal?.spilled ?? 0) > 0;
  }

  private async run(): Promise<void> {
    for (;;) {
      if (this.waiting.length === 0 && this.journal && this.journal.spilled > 0) this.takeBack(this.journal);
      const batch = this.waiting.take(this.options.maxBatch);
      if (batch.length === 0 && this.reports.due) batch.push(...this.gapEvents());
      if (batch.length === 0 || this.closed) return;
      await this.process(batch, false);
      // A queue that is never empty must not keep the others out.
      if (this.closed || this.relays > 0) return;
    }
  }

  private takeBack(journal: EventJournal): void {
    for (const event of journal.takeBack((count) => this.gaps.note('spool_torn', timestampNow(), count)))
      this.waiting.push(event);
  }

  private gapEvents(): SealableEvent[] {
    const events = this.reports.take();
    this.accepted += events.length;
    return events;
  }

  private async process(batch: SealableEvent[], replay: boolean): Promise<void> {
    this.inFlight += batch.length;
    await this.attempts.seal(batch, replay);
  }

  private settle(batch: readonly SealableEvent[], receipts: readonly SealReceipt[]): void {
    this.sealed += batch.length;
    this.inFlight -= batch.length;
    this.journal?.settle(batch);
    this.reports.settle(batch);
    this.waiters.resolve(receipts);
    // Sealed after all: its time-out came while the append was on its way.
    if (this.withdrawn.size > 0) for (const { id } of batch) this.withdrawn.delete(id);
    this.hooks.onSealed?.(batch.length);
  }

  private giveUp(event: SealableEvent, refusal: UnstorableEventError): void {
    this.inFlight -= 1;
    if (this.reports.putBack(event)) {
      this.accepted--;
      return;
    }
    this.gaps.note('unstorable', event.columns.occurredAt);
    this.waiters.reject(event.id, refusal);
  }

  /** Closing: what could not be sealed stays where it can be found again. */
  private giveBack(batch: readonly SealableEvent[]): void {
    this.inFlight -= batch.length;
    this.waiting.putBack(batch);
  }

  /** Takes an event back, so that it is not sealed after its request was answered with a 503. */
  private withdraw(event: SealableEvent): void {
    if (!this.waiting.remove(event)) {
      // Being written at this moment: it is dropped when that attempt fails.
      this.withdrawn.add(event.id);
      return;
    }
    this.accepted--;
    this.journal?.settle([event]);
  }

  private dropWithdrawn(batch: SealableEvent[]): SealableEvent[] {
    if (this.withdrawn.size === 0) return batch;
    const gone = batch.filter(({ id }) => this.withdrawn.delete(id));
    this.accepted -= gone.length;
    this.inFlight -= gone.length;
    this.journal?.settle(gone);
    return batch.filter((event) => !gone.includes(event));
  }
}
