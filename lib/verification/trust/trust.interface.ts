import type { NoteVerifier } from '../notes/verifier-key.js';
import type { TrustedEventKey } from '../verifier/signature-checker.js';

/**
 * A key whose checkpoints are believed.
 *
 * @publicApi
 */
export interface TrustedLogKey {
  readonly verifier: NoteVerifier;
  /** Log that it signs for. */
  readonly origin: string;
  /** Smallest size that it may sign. */
  readonly firstSize: number;
  /** Largest size that it may sign; Infinity while it is in use. */
  readonly lastSize: number;
}

/**
 * Which keys are believed about a log. It must come from elsewhere than the database that is checked with it.
 *
 * @publicApi
 */
export interface Trust {
  /** Name of the log. */
  readonly origin: string;
  /** Keys of its checkpoints, and of the logs that it goes on from. */
  readonly keys: readonly TrustedLogKey[];
  /** Keys of the signatures beside events; undefined when these are not to be checked. */
  readonly eventKeys?: readonly TrustedEventKey[];
}
