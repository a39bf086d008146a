import type { SealableEvent } from '../../event/sealable-event.js';
import type { SealReceipt } from '../seal-receipt.interface.js';
import { OccupiedPositionError, UnstorableEventError } from './queue.errors.js';
import type { RetryOptions, RetryTimer } from './retry-timer.js';
import type { Sealer } from './sealer.interface.js';

/** What becomes of the events of a batch. Each is told of once. */
export interface SealOutcomes {
  /** Whether somebody waits for a receipt of one of them. */
  wantsReceipts(batch: readonly SealableEvent[]): boolean;
  sealed(batch: readonly SealableEvent[], receipts: readonly SealReceipt[]): void;
  /** The event is dealt with, in its reduced form or not at all. */
  dealtWith(event: SealableEvent): void;
  /** The store refuses it even without its sections. */
  refused(event: SealableEvent, refusal: UnstorableEventError): void;
  /** Nothing is tried any more. */
  abandoned(batch: readonly SealableEvent[]): void;
  /** The events that are still to be sealed, after a failed attempt. */
  stillWanted(batch: SealableEvent[]): SealableEvent[];
}

export interface SealAttemptsParts {
  readonly sealer: Sealer;
  readonly retry: RetryTimer;
  readonly retryOptions: RetryOptions;
  readonly outcomes: SealOutcomes;
  /** The event without what a store could refuse. */
  readonly reduced: (event: SealableEvent) => SealableEvent;
  readonly onFailure: (error: unknown, final: boolean) => void;
}

/**
 * Tries to have a batch sealed until it is: again and again while the store is away, and in halves when it refuses, until
 * the event that it refuses stands alone; that one is reduced, then given up.
 */
export class SealAttempts {
  /** Failed attempts since the start. */
  failures = 0;
  lastError: unknown;
  /** Events that the store refused and that are now tried without their sections. */
  private readonly reduced = new Set<string>();

  constructor(private readonly parts: SealAttemptsParts) {}

  /** @param replay whether some of the events may be in the log already */
  async seal(events: SealableEvent[], replay: boolean): Promise<void> {
    const { sealer, retry, retryOptions, outcomes, onFailure } = this.parts;
    let batch = events;
    for (let attempt = 0; batch.length > 0; attempt++) {
      try {
        const receipts = outcomes.wantsReceipts(batch);
        outcomes.sealed(batch, await sealer.seal(batch, { replay: replay || attempt > 0, receipts }));
        return;
      } catch (error) {
        const { reason, transient } = error as { reason?: string; transient?: boolean };
        // Another process sealed one of them between the look-up and the append: the next look-up finds it.
        if (attempt === 0 && reason === 'duplicate') continue;
        // If it did not, it is the place in the log that is taken. No event is at fault, and every other would fail as well.
        const occupied = reason === 'duplicate' && batch.length === 1;
        const failure = occupied ? new OccupiedPositionError(batch[0].id, error) : error;
        this.failures++;
        this.lastError = failure;
        if (transient === false && !occupied) return this.isolate(batch, failure);
        onFailure(failure, false);
        if (!(await retry.wait(attempt, retryOptions))) return outcomes.abandoned(batch);
        batch = outcomes.stillWanted(batch);
      }
    }
  }

  private async isolate(batch: SealableEvent[], error: unknown): Promise<void> {
    if (batch.length > 1) {
      const middle = batch.length >> 1;
      await this.seal(batch.slice(0, middle), true);
      return this.seal(batch.slice(middle), true);
    }
    const { outcomes, onFailure } = this.parts;
    const [event] = batch;
    const refusal = new UnstorableEventError(event.id, error);
    if (this.reduced.delete(event.id)) return outcomes.refused(event, refusal);
    onFailure(refusal, true);
    this.reduced.add(event.id);
    await this.seal([this.parts.reduced(event)], true);
    outcomes.dealtWith(event);
    this.reduced.delete(event.id);
  }
}
