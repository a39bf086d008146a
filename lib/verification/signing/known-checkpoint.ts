/** A checkpoint that one of the signer's own keys has signed. */
export interface KnownCheckpoint {
  readonly size: number;
  /** Lowercase hex. */
  readonly root: string;
  /** Where it was found, for messages. */
  readonly source: string;
}
