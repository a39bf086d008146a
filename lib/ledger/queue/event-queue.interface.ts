import type { SealableEvent } from '../../event/sealable-event.js';
import type { Gap } from './gap-counter.js';

export interface EventQueueOptions {
  /** Events waiting in memory at most. @default 10000 */
  readonly maxEvents: number;
  /** Text of waiting events at most, in UTF-16 units. @default 67108864 */
  readonly maxBytes: number;
  /** Events of one append at most. @default 1000 */
  readonly maxBatch: number;
  /** How long the first event of a batch waits for company, in milliseconds. @default 5 */
  readonly lingerMs: number;
  /** First pause after a failed append, doubled up to `retryMaxMs`, in milliseconds. @default 50 */
  readonly retryBaseMs: number;
  /** @default 5000 */
  readonly retryMaxMs: number;
  /** How long `submit` waits, in milliseconds. @default 10000 */
  readonly sealTimeoutMs: number;
}

export interface EventQueueHooks {
  /** Makes the event that records a loss. */
  gapEvent(gap: Gap): SealableEvent;
  /** The smallest form of an event that the store refused. */
  reduced(event: SealableEvent): SealableEvent;
  /** An append failed; it will be repeated unless `final`. */
  onFailure(error: unknown, final: boolean): void;
  /** Events were sealed. */
  onSealed?(count: number): void;
}

export interface QueueStats {
  /** Events taken in since the start, lost ones included. */
  readonly accepted: number;
  readonly sealed: number;
  /** Waiting in memory, in the spool, or being sealed right now. */
  readonly pending: number;
  /** Events that will never be sealed; each is told by an `audit.gap` event. */
  readonly lost: number;
  /** Appends that failed and were repeated. */
  readonly failures: number;
}
