/** What somebody trusted has signed about the log, or what the verifier itself remembers of it. */
export interface CheckpointClaim {
  /** Number of records. */
  readonly size: number;
  /** Merkle root over them, lowercase hex. */
  readonly root: string;
  /** The signed note, verbatim; null for what is only remembered. */
  readonly note: string | null;
  /** Where it was found, in words. */
  readonly source: string;
  /** Whether an anchor keeps it, the log's own database, or it is only remembered. */
  readonly keeper: 'anchor' | 'database' | 'memory';
}
