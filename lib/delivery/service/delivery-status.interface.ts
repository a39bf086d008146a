import type { SinkCounters } from '../dispatch/sink-counters.js';
import type { DeliveryReceipt, ReceiptStatus, SinkState } from '../delivery-store.port.js';

/** What became of one event at one sink. */
export interface EventDelivery {
  readonly sink: string;
  /**
   * `skipped`: its route does not send it there. `off`: the sink is configured, but the mode switches it off.
   */
  readonly status: ReceiptStatus | 'skipped' | 'off';
  /** The sink is held, or the event's route failed: waiting for a person, not for time. */
  readonly held: boolean;
  /** The stored receipt, if there is one already. */
  readonly receipt: DeliveryReceipt | null;
}

/** What became of one event everywhere. */
export interface DeliveryStatus {
  readonly eventId: string;
  readonly logIndex: number;
  /** For each configured sink. */
  readonly deliveries: readonly EventDelivery[];
}

/** How one sink is doing. */
export interface SinkStatus {
  readonly sink: string;
  readonly kind: string;
  readonly required: boolean;
  /** `off`: configured, but the mode switches it off. `new`: it was never asked for anything. */
  readonly state: SinkState | 'off' | 'new';
  /** `open`: failures in a row, one event at a time is tried. */
  readonly breaker: 'closed' | 'open';
  /** Whether this process is the one that serves it. */
  readonly serving: boolean;
  readonly nextIndex: number;
  /** Events of the log behind the cursor; with a route not all of them are meant for the sink. */
  readonly lagEvents: number;
  /** Age of the oldest of them, in seconds; 0 if there is none. */
  readonly lagSeconds: number;
  /** Parked events, and one that is being retried. */
  readonly pending: number;
  /** Dead letters. */
  readonly failed: number;
  readonly attempts: number;
  /** Unix milliseconds. */
  readonly nextAttemptAt: number | null;
  readonly lastError: string | null;
  /** Unix milliseconds. */
  readonly deliveredAt: number | null;
  /** Counts of this process. */
  readonly counters: SinkCounters;
}

/** Figures of one sink within a {@link FlushResult}. */
export interface FlushFigures {
  /** Delivered by this flush. */
  readonly flushed: number;
  /** Refused for good during this flush. */
  readonly failed: number;
  readonly still_pending: number;
  /** Of these, events that wait for a person: the sink is held, or their route failed. */
  readonly held: number;
  /** flushed + failed + still_pending */
  readonly total: number;
}

/**
 * What a flush did: `{ flushed, failed, still_pending, total }` as in rust-py-audit, `stillPending` for those who write
 * camel case, and the held part of the pending ones.
 */
export interface FlushResult extends FlushFigures {
  /** The same as `still_pending`. */
  readonly stillPending: number;
  /** The figures of each sink. */
  readonly sinks: Readonly<Record<string, FlushFigures>>;
  /** Why nothing could be done at all: no sink is configured, or the mode switches all off. */
  readonly note?: string;
}
