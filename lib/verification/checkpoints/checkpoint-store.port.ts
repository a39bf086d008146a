/** A row of `audit_checkpoint`. */
export interface StoredCheckpoint {
  /** Number of records that it covers. */
  readonly size: number;
  /** Merkle root over them, lowercase hex. A copy of what the note says, for queries. */
  readonly root: string;
  /** The signed note, verbatim. */
  readonly note: string;
  /** When it was published, RFC 3339 UTC with microseconds. */
  readonly createdAt: string;
  /** When every anchor had it; null until then. */
  readonly anchoredAt: string | null;
}

/** Part of the checkpoints, by size. */
export interface CheckpointRange {
  /** Smallest size, inclusive. @default 0 */
  readonly from?: number;
  /** Largest size, inclusive. @default no limit */
  readonly to?: number;
  /** @default 'ascending' */
  readonly direction?: 'ascending' | 'descending';
  readonly limit: number;
}

/**
 * The log's own copies of its checkpoints. Whoever owns the database can change them: they are a convenience, and what
 * anchors hold is what counts.
 */
export interface CheckpointStore {
  /**
   * Adds a checkpoint unless there is one of its size.
   * @returns whether it was added
   */
  insert(checkpoint: StoredCheckpoint): Promise<boolean>;
  read(size: number): Promise<StoredCheckpoint | null>;
  /** The one of the largest size. */
  latest(): Promise<StoredCheckpoint | null>;
  /** The one of the largest size that every anchor has. */
  latestAnchored(): Promise<StoredCheckpoint | null>;
  list(range: CheckpointRange): Promise<StoredCheckpoint[]>;
  /** Those that not every anchor has yet, smallest size first. */
  listUnanchored(limit: number): Promise<StoredCheckpoint[]>;
  /** @param at RFC 3339 UTC with microseconds */
  markAnchored(size: number, at: string): Promise<void>;
  /** Writes the log's name into its head. */
  nameLog(origin: string): Promise<void>;
}
