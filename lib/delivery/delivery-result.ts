/** What came back from the destination for one event. Absent means unknown. */
export interface RemoteReceipt {
  /** The destination's own identifier of what it stored. */
  readonly txId?: string;
  /** Lowercase hex SHA-256 of the bytes that were sent, as computed here. */
  readonly payloadHash?: string;
  /** The destination had it already. */
  readonly duplicate?: boolean;
  /** The destination's word or status code. */
  readonly remoteStatus?: string;
  /** The answer's text; longer than a few kilobytes is cut. */
  readonly raw?: string;
  /** What is odd about it although it counts as delivered, e.g. another payload hash than ours. Raises an alarm. */
  readonly finding?: string;
}

/** The destination has the event. */
export interface Delivered {
  readonly status: 'delivered';
  readonly receipt?: RemoteReceipt;
}

/** It may work later: network, time-out, 5xx, 408, 425, 429. This event and all behind it wait. */
export interface Transient {
  readonly status: 'transient';
  readonly error: string;
  readonly remoteStatus?: string;
  /** Earliest next try in milliseconds, as the destination asked (`Retry-After`). */
  readonly retryAfterMs?: number;
}

/** The destination refuses this one event for good (400, 413, 422). It becomes `failed`, the next ones go on. */
export interface Rejected {
  readonly status: 'rejected';
  readonly error: string;
  readonly remoteStatus?: string;
  readonly raw?: string;
}

/** The destination refuses us, whatever we send (401, 403, 404, 410, wrong configuration). The sink is held. */
export interface SinkFailure {
  readonly status: 'sink_failure';
  readonly error: string;
  readonly remoteStatus?: string;
}

/** Not tried in this call; nothing is wrong. The sink used up its time, or an earlier event failed. */
export interface Deferred {
  readonly status: 'deferred';
}

export type DeliveryResult = Delivered | Transient | Rejected | SinkFailure | Deferred;

export const DEFERRED: Deferred = Object.freeze({ status: 'deferred' });

/** One failure that stands for the whole batch: its first event got it, the rest was not tried. */
export function failFirst(failure: Transient | SinkFailure, count: number): DeliveryResult[] {
  return Array.from({ length: count }, (_, index) => (index === 0 ? failure : DEFERRED));
}
