/**
 * A place that keeps checkpoints out of the reach of the database's owner.
 *
 * @publicApi
 */
export interface Anchor {
  /** How it is called in messages; without secrets. */
  readonly name: string;

  /**
   * Keeps a checkpoint for good. Giving it the same one again is fine.
   * @param size number of records that the note says
   * @throws {AnchorConflictError} there is another note of this size: one of the two is forged, or the log was forked
   */
  put(size: number, note: string): Promise<void>;

  /** Sizes of all checkpoints that are kept, ascending. */
  sizes(): Promise<number[]>;

  /** The note of a size, verbatim; null if there is none. Whether it is genuine is the caller's to check. */
  read(size: number): Promise<string | null>;
}
