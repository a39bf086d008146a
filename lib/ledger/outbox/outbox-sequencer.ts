import type { SealableEvent } from '../../event/sealable-event.js';
import type { LeaseStore } from '../lease-store.port.js';
import type { OutboxEntry, OutboxStore } from '../outbox-store.port.js';
import type { RetryOptions } from '../queue/retry-timer.js';
import { OutboxLease } from './outbox-lease.js';
import { OutboxMover } from './outbox-mover.js';
import type { AsideReason } from './outbox-mover.js';

const EVERY_MS = 1_000;
const MAX_BATCH = 500;
/** Pause between two looks of `whenIdle` while somebody else empties the outbox. */
const LOOK_AGAIN_MS = 20;

export interface OutboxSequencerOptions {
  readonly outbox: OutboxStore;
  readonly leases: LeaseStore;
  /** This process, as it is called in leases. */
  readonly holder: string;
  /**
   * Seals events in one attempt; those that are in the log already are left out.
   * @throws an error whose `transient` is false when the same events can never be stored
   */
  readonly seal: (events: readonly SealableEvent[]) => Promise<void>;
  /** The smallest form of an event that the store refused. */
  readonly reduced: (event: SealableEvent) => SealableEvent;
  /** Makes an event, with the row's id, of what a database trigger has written. @default none is known */
  readonly translate?: (entry: OutboxEntry) => SealableEvent | null;
  /** The event that tells of a row that can't be sealed. The same row must always make the same id. */
  readonly gapEvent: (entry: OutboxEntry, reason: AsideReason) => SealableEvent;
  readonly onFailure: (error: unknown) => void;
  /** Pauses after a failure. @default 50 ms, doubled up to 5 s */
  readonly retry?: RetryOptions;
  /** Pause between two looks at the outbox, in milliseconds. @default 1000 */
  readonly everyMs?: number;
  /** Rows of one append at most. @default 500 */
  readonly maxBatch?: number;
}

export interface OutboxStats {
  /** Events that this process moved from the outbox into the log. */
  readonly moved: number;
  /** Rows that can't be sealed: they stay in the outbox, and an `audit.gap` event tells of each. */
  readonly setAside: number;
}

/**
 * Moves committed outbox rows into the log, in their order: read, append those that are not in the log yet, remove. At
 * whatever point it is killed, the next one finds the rows again and recognises what is sealed. One process at a time
 * does it, by a lease; several at once are harmless.
 */
export class OutboxSequencer {
  private readonly lease: OutboxLease;
  private readonly mover: OutboxMover;
  private readonly maxBatch: number;
  private turn: Promise<boolean> | null = null;
  private again = false;
  private soon: NodeJS.Immediate | null = null;
  private timer: NodeJS.Timeout | null = null;
  private failures = 0;
  private stopped = false;

  constructor(private readonly options: OutboxSequencerOptions) {
    this.lease = new OutboxLease(options.leases, options.holder);
    this.mover = new OutboxMover(options);
    this.maxBatch = options.maxBatch ?? MAX_BATCH;
  }

  /** Looks at the outbox now and from time to time, for what others have left in it. */
  start(): void {
    this.notify();
  }

  /** A transaction with outbox rows was committed: they are moved at once. */
  notify(): void {
    // After a failure its pause counts.
    if (this.stopped || this.soon || this.failures > 0) return;
    if (this.turn) {
      this.again = true;
      return;
    }
    this.soon = setImmediate(() => {
      this.soon = null;
      void this.run();
    });
  }

  /** Resolves when every row that was committed before is in the log or set aside, whoever did it. */
  async whenIdle(): Promise<void> {
    while (!this.stopped) {
      if (this.turn) this.again = true;
      if (await this.run()) return;
      const pause = LOOK_AGAIN_MS * 2 ** Math.min(this.failures, 6);
      await new Promise<void>((resolve) => setTimeout(resolve, pause));
    }
  }

  /** Moves what is there once more, and ends. What is left at the deadline stays in the outbox for the next to come. */
  async stop(deadlineMs: number): Promise<void> {
    if (this.stopped) return;
    if (this.turn) this.again = true;
    const last = this.run();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([last, new Promise<void>((resolve) => (late = setTimeout(resolve, deadlineMs)))]);
    clearTimeout(late);
    this.stopped = true;
    this.cancel();
    await this.lease.giveUp().catch(this.options.onFailure);
  }

  stats(): OutboxStats {
    return { moved: this.mover.moved, setAside: this.mover.setAside };
  }

  /** @returns whether the outbox was seen empty */
  private run(): Promise<boolean> {
    this.turn ??= this.drain().finally(() => {
      this.turn = null;
      this.schedule();
    });
    return this.turn;
  }

  private async drain(): Promise<boolean> {
    this.cancel();
    try {
      let empty: boolean;
      do {
        this.again = false;
        empty = await this.pass();
      } while (this.again && empty && !this.stopped);
      this.failures = 0;
      return empty;
    } catch (error) {
      this.failures++;
      this.options.onFailure(error);
      return false;
    }
  }

  /** From the oldest row to the newest. Rows that commit behind its back, with lower positions, are the next one's. */
  private async pass(): Promise<boolean> {
    const { outbox } = this.options;
    for (let after: number | undefined, moved = false; !this.stopped;) {
      const entries = await outbox.read(this.maxBatch, after);
      const open = entries.filter(({ position }) => !this.mover.isAside(position));
      if (open.length > 0) {
        if (!(await this.lease.take())) return false;
        await this.mover.move(open);
        moved = true;
      }
      if (entries.length < this.maxBatch) {
        if (!moved) await this.lease.giveUp();
        return true;
      }
      after = entries[entries.length - 1].position;
    }
    return false;
  }

  private schedule(): void {
    if (this.stopped || this.timer) return;
    const { everyMs = EVERY_MS, retry = { retryBaseMs: 50, retryMaxMs: 5_000 } } = this.options;
    const ceiling = Math.min(retry.retryMaxMs, retry.retryBaseMs * 2 ** Math.min(this.failures, 20));
    const pause = this.failures === 0 ? everyMs : Math.ceil(ceiling * (0.5 + Math.random() / 2));
    this.timer = setTimeout(() => {
      this.timer = null;
      void this.run();
    }, pause);
    this.timer.unref();
  }

  private cancel(): void {
    if (this.timer) clearTimeout(this.timer);
    if (this.soon) clearImmediate(this.soon);
    this.timer = this.soon = null;
  }
}
