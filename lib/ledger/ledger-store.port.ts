import type { EventColumns } from '../event/sealable-event.js';

/** The one row that says how long the log is. */
export interface LogHead {
  /** Number of records; the next `logIndex`. */
  readonly size: number;
  /** RFC 6962 root over all records, lowercase hex. */
  readonly root: string;
  /** Roots of the perfect subtrees that tile [0, size), largest first, lowercase hex. */
  readonly compactRange: readonly string[];
  /** `occurredAt` of the first record; empty while the log is empty. */
  readonly createdAt: string;
  /** Name of the log in its checkpoints; empty until it is signed for the first time. */
  readonly origin: string;
  /** Events before this index were delivered and their content let go of; see {@link LedgerStore.discardBelow}. @default 0 */
  readonly discardedBelow?: number;
}

export interface StreamHead {
  readonly name: string;
  readonly nextSequence: number;
  /** Hash of the stream's last record; null while it has none. */
  readonly lastHash: string | null;
}

/** A row of `audit_event`. */
export interface StoredEvent extends EventColumns {
  readonly logIndex: number;
  readonly eventId: string;
  readonly stream: string;
  readonly sequence: number;
  /** The canonical bytes that were hashed, as text. */
  readonly record: string;
  /** Lowercase hex of the record's hash. */
  readonly hash: string;
  /** Lowercase hex of SHA-256(0x00 ‖ record). */
  readonly leafHash: string;
  readonly signature: string | null;
  /** `{"client":{"salt":"…","value":…},…}`; null when the event has none. */
  readonly sections: string | null;
}

/** What leaves the log of a sealed event: the record, and what stands beside it in its JSON line. */
export type StoredLine = Pick<
  StoredEvent,
  'logIndex' | 'eventId' | 'record' | 'hash' | 'leafHash' | 'signature' | 'sections'
>;

/** What appending needs to know of the log. */
export interface LogState {
  readonly head: LogHead;
  readonly streams: ReadonlyMap<string, StreamHead>;
}

/** Rows that go into the log in one transaction, all or none. */
export interface AppendBatch {
  /** The head on which the rows were sealed. The append must not happen on any other. */
  readonly before: { readonly size: number; readonly root: string };
  readonly after: LogHead;
  readonly rows: readonly StoredEvent[];
  /** New heads of every stream that the rows touch. */
  readonly streams: readonly StreamHead[];
}

/** Where a sealed event stands. */
export interface SealedPosition {
  readonly eventId: string;
  readonly logIndex: number;
  readonly stream: string;
  readonly sequence: number;
  readonly hash: string;
  readonly occurredAt: string;
}

/** Filter of a query; conditions are joined by AND. */
export interface EventFilter {
  readonly action?: string | readonly string[];
  /** Actions that begin with this text, e.g. `invoice.`. */
  readonly actionPrefix?: string;
  readonly outcome?: string | readonly string[];
  readonly severity?: string | readonly string[];
  readonly actorId?: string;
  readonly actorType?: string;
  readonly resourceType?: string;
  /** Null: events that name the type of a resource alone. */
  readonly resourceId?: string | null;
  readonly tenantId?: string;
  readonly requestId?: string;
  readonly correlationId?: string;
  readonly stream?: string;
  /** Position in the stream; together with `stream` at most one event. */
  readonly sequence?: number;
  /** Inclusive lower bound of `occurredAt`, RFC 3339 UTC with microseconds. */
  readonly occurredFrom?: string;
  /** Exclusive upper bound of `occurredAt`, RFC 3339 UTC with microseconds. */
  readonly occurredUntil?: string;
}

/** A page of the log by `logIndex`: the keyset cursor. */
export interface EventPageRequest extends EventFilter {
  readonly direction: 'ascending' | 'descending';
  /** Exclusive: the page begins behind this index in its direction. */
  readonly after?: number;
  readonly limit: number;
  /** Rows whose content was discarded as well. @default false */
  readonly discarded?: boolean;
}

/** What stays of an event whose content is let go of. */
export interface DiscardOptions {
  /** Erasable sections stay, because no destination has them. */
  readonly keepSections: boolean;
}

/**
 * Where a log is kept. Any number of processes may share one; the store guarantees that a batch is applied
 * exactly on the head it was sealed on, or not at all.
 */
export interface LedgerStore {
  /** `memory`, `sqlite`, `postgres`, `mysql`, `file`. */
  readonly kind: string;

  /**
   * Connects, then migrates or checks the schema.
   * @throws {SchemaMissingError} tables are missing and migration was not asked for
   */
  open(): Promise<void>;
  close(): Promise<void>;

  readHead(): Promise<LogHead>;
  /** Heads of the named streams (those that exist), or of all. */
  readStreams(names?: readonly string[]): Promise<StreamHead[]>;

  /**
   * Applies the batch if the head still equals `batch.before`, in one transaction.
   * @returns false when another writer was faster; nothing was written then
   * @throws when the outcome is unclear or nothing was written; the caller looks the event ids up
   */
  append(batch: AppendBatch): Promise<boolean>;

  /**
   * Takes the head's lock, lets `seal` make a batch on the state read under it, applies the batch and
   * releases the lock. `seal` is synchronous and may return null to write nothing. It is called again when the database
   * ends the transaction for a deadlock, so only its last batch counts.
   */
  appendLocked(streams: readonly string[], seal: (state: LogState) => AppendBatch | null): Promise<void>;

  /** Positions of those of the given events that are sealed. */
  findSealed(eventIds: readonly string[]): Promise<SealedPosition[]>;

  /** Rows with `from <= logIndex`, in order, at most `limit`. Holes are the caller's to notice. */
  readRange(from: number, limit: number): Promise<StoredEvent[]>;
  /**
   * As {@link readRange}, without the columns for queries: a fifth of the time where each column costs.
   * @param sections whether sections are needed; if not, they may be null although the event has some
   */
  readLines(from: number, limit: number, sections: boolean): Promise<StoredLine[]>;
  /** Leaf hashes of [from, to) in order, lowercase hex. */
  readLeafHashes(from: number, to: number): Promise<string[]>;
  /** Events whose content was discarded are not among them, unless asked for. */
  findPage(request: EventPageRequest): Promise<StoredEvent[]>;
  findById(eventId: string): Promise<StoredEvent | null>;

  /**
   * Lets go of the content of the events before the index, which destinations have by now: an event's record becomes
   * empty, and so do the columns that repeat it. Its place, id, hashes and time stay, so that chain, tree, proofs and
   * checkpoints go on to hold, and whoever has the record elsewhere can be checked against them. The last event of the
   * log is never discarded. Absent where a store cannot do it.
   *
   * @returns how many events lost their content
   * @throws {StoreError} SQL: an event has no `delivered` receipt; nothing of its batch is discarded then
   */
  discardBelow?(logIndex: number, options: DiscardOptions): Promise<number>;
}
