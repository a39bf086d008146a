import type { CompletedRun } from '../history/verifier-state.js';

/** How verification stands. @publicApi */
export interface VerificationHealth {
  /** `down`: the log was found to be wrong, could not be checked, or was not checked for too long. */
  readonly status: 'up' | 'down';
  /** Why it is down; null when it is up. */
  readonly problem: string | null;
  readonly lastRun: CompletedRun | null;
  /** Whether a run is due and has not come to its end in time. */
  readonly overdue: boolean;
  /** RFC 3339 UTC; null when nothing is scheduled. */
  readonly nextRunAt: string | null;
  readonly running: boolean;
  /** Runs of this process that found the log to be wrong: not zero is an alarm. */
  readonly violations: number;
  /** Runs of this process that came to no verdict. */
  readonly failures: number;
}
