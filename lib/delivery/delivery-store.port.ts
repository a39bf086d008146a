import type { SinkMemory } from './audit-sink.interface.js';

/**
 * `active`: delivering, or nothing to do. `retrying`: waiting out a passing failure. `held`: the sink itself refuses
 * us; nothing is skipped, and a try now and then finds out when it works again.
 */
export type SinkState = 'active' | 'retrying' | 'held';

/** A row of `audit_delivery`: how far one sink has got. Times are Unix milliseconds. */
export interface SinkCursor {
  readonly sink: string;
  /** Every event below is decided, parked (a `pending` receipt), or not meant for this sink. */
  readonly nextIndex: number;
  /** Exclusive end of the batch whose delivery has begun, for sinks whose batches must not change between tries. */
  readonly batchEnd: number | null;
  readonly state: SinkState;
  /** Failed tries in a row. */
  readonly attempts: number;
  /** Not before this time; null = now. */
  readonly nextAttemptAt: number | null;
  /** Redacted. */
  readonly lastError: string | null;
  /** When an event last arrived there. */
  readonly deliveredAt: number | null;
  readonly details: SinkDetails | null;
  readonly updatedAt: number;
}

/** What else a sink needs to go on after a restart. */
export interface SinkDetails {
  /** The sink's own memory. */
  readonly memory?: SinkMemory;
  /** Merkle compact range of the log of size `nextIndex`, for sinks that want its root. */
  readonly range?: readonly string[];
}

export type ReceiptStatus = 'delivered' | 'pending' | 'failed';

/** What is known of one event at one sink. An event without one is still ahead of the sink's cursor, or not meant for the sink. */
export interface DeliveryReceipt {
  readonly sink: string;
  readonly eventId: string;
  readonly logIndex: number;
  readonly status: ReceiptStatus;
  readonly txId: string | null;
  /** Lowercase hex SHA-256 of what was sent. */
  readonly payloadHash: string | null;
  readonly duplicate: boolean;
  readonly remoteStatus: string | null;
  /** How often it was tried, the successful try included. */
  readonly attempts: number;
  /** Unix milliseconds; only of `pending` ones. */
  readonly nextAttemptAt: number | null;
  /** Redacted. */
  readonly lastError: string | null;
  /** What came back, as text. */
  readonly raw: string | null;
  /** Unix milliseconds. */
  readonly updatedAt: number;
}

/** Conditions are joined by AND. Pages go upwards by `logIndex`, then by sink. */
export interface ReceiptFilter {
  readonly sink?: string;
  readonly status?: ReceiptStatus;
  readonly eventId?: string;
  /** Inclusive lower bound of `updatedAt`, Unix milliseconds. */
  readonly updatedFrom?: number;
  /** Exclusive upper bound of `updatedAt`, Unix milliseconds. */
  readonly updatedUntil?: number;
  /** Page cursor: the last receipt of the page before. */
  readonly after?: { readonly logIndex: number; readonly sink: string };
  readonly limit: number;
}

/** Which `failed` events to try again. */
export interface RedriveSelection {
  readonly sink?: string;
  readonly eventIds?: readonly string[];
  /** Inclusive lower bound of when they failed, Unix milliseconds. */
  readonly failedFrom?: number;
  /** Exclusive upper bound of when they failed, Unix milliseconds. */
  readonly failedUntil?: number;
}

export interface ReceiptCounts {
  readonly delivered: number;
  readonly pending: number;
  readonly failed: number;
}

/** Where the state of delivery is kept: beside the log, never in it. */
export interface DeliveryStore {
  readCursor(sink: string): Promise<SinkCursor | null>;
  readCursors(): Promise<SinkCursor[]>;
  /** Writes the row if there is none for the sink. @returns the row that is there then */
  createCursor(cursor: SinkCursor): Promise<SinkCursor>;

  /**
   * Writes the cursor and receipts of its sink, in the order of the log, in one transaction. `nextIndex` never goes back, and a `delivered` receipt stays
   * `delivered`: two dispatchers at once can't undo each other's work.
   * @returns the `nextIndex` that is stored now
   */
  commit(cursor: SinkCursor, receipts: readonly DeliveryReceipt[]): Promise<number>;

  /** Clears the waiting times of the sink and of its parked events, so that its dispatcher tries at once. */
  expedite(sink: string): Promise<void>;

  /** Those of the events that some destination has acknowledged, whichever it was. */
  findAcknowledged(eventIds: readonly string[]): Promise<ReadonlySet<string>>;

  /** Receipts of some events at one sink. */
  readReceipts(sink: string, eventIds: readonly string[]): Promise<DeliveryReceipt[]>;
  findReceipts(filter: ReceiptFilter): Promise<DeliveryReceipt[]>;
  /** Parked events: `pending` receipts below the index whose time has come, lowest first. */
  findParked(sink: string, below: number, dueAt: number, limit: number): Promise<DeliveryReceipt[]>;
  /** Receipts at or beyond the index: no more than a batch can leave behind. */
  findAhead(sink: string, from: number): Promise<DeliveryReceipt[]>;
  /** Counts receipts of one sink with `from <= logIndex < until`. */
  countReceipts(sink: string, from: number, until: number): Promise<ReceiptCounts>;
  /** Counts what is not delivered at one sink, whatever its index. Cheap: never counts delivered ones. */
  countUndelivered(sink: string): Promise<{ readonly pending: number; readonly failed: number }>;
  /** Removes `pending` receipts; others of these events stay. */
  removeReceipts(sink: string, eventIds: readonly string[]): Promise<void>;

  /** Makes `failed` receipts `pending`, due at once, their tries counted from zero. @returns how many */
  redrive(selection: RedriveSelection, now: number): Promise<number>;
}
