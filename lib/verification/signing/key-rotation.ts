/** A change of the keys that sign a log. */
export interface KeyRotation {
  readonly origin: string;
  /** Verifier keys that signed until now and go on for a while. */
  readonly from: readonly string[];
  /** Verifier keys that sign from now on. */
  readonly to: readonly string[];
  /** Size of the last checkpoint that the new keys did not sign. */
  readonly size: number;
  /** When that was signed, RFC 3339 UTC. */
  readonly since: string;
}
