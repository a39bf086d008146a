import type { SigningState } from '../signing/signing-refused.error.js';

/** Where the log stands: recorded → checkpointed → anchored. @publicApi */
export interface CheckpointStatus {
  readonly origin: string;
  /** `ok`, or why nothing is signed any more; `failing` when the last attempt ended in an error. */
  readonly state: 'ok' | 'failing' | SigningState;
  /** The reason in words; null when all is well. */
  readonly problem: string | null;
  /** Records that the latest checkpoint covers; null before the first. */
  readonly size: number | null;
  /** When it was published. */
  readonly publishedAt: string | null;
  /** Number of anchors. */
  readonly anchors: number;
  /** Records that every anchor knows of. */
  readonly anchoredSize: number;
  /** `occurredAt` of the oldest event that no anchored checkpoint covers; null when all are covered. */
  readonly unanchoredSince: string | null;
  /** Age of that event in milliseconds; 0 when all are covered. */
  readonly oldestUnanchoredMs: number;
  /** Things that were found to be wrong with the log while signing and anchoring, since the start. */
  readonly violations: number;
}
