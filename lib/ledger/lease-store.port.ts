export interface Lease {
  readonly name: string;
  readonly holder: string;
  /** Unix time in milliseconds. */
  readonly expiresAt: number;
}

/** Rows that say who runs a job, or that a process is alive. A convenience: safety never rests on them. */
export interface LeaseStore {
  /** Takes or renews the lease if it is free, expired or already held by `holder`. */
  acquire(name: string, holder: string, ttlMs: number): Promise<boolean>;
  /** Gives the lease up if `holder` has it. @returns whether a row was removed */
  release(name: string, holder: string): Promise<boolean>;
  /** Leases whose name begins with `prefix`, expired ones too. */
  list(prefix: string): Promise<Lease[]>;
}
