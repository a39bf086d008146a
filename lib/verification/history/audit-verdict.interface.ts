import type { FindingClass } from '../verifier/finding.interface.js';
import type { VerificationProgress, VerificationResult } from '../verifier/verification-result.interface.js';
import type { RememberedCheckpoint } from './verifier-state.js';

/** @publicApi */
export type VerificationMode = 'incremental' | 'full';

/** @publicApi */
export interface AuditVerifyOptions {
  /** Read what is new since the last run and a part of the old, or everything. @default 'incremental' */
  readonly mode?: VerificationMode;
  /** In how many incremental runs all old records are read again; 0 reads none. @default 30 */
  readonly rolling?: number;
  /** Findings that are kept; beyond it they are only counted. @default 100 */
  readonly maxFindings?: number;
  /** Most records that are read at a time. @default 500, fewer if they are large */
  readonly pageSize?: number;
  /** Records after which the memory is brought up to date on the way, so that a run that dies can go on. @default 50000 */
  readonly saveEvery?: number;
  readonly onProgress?: (progress: VerificationProgress) => void;
  /** Ends the run between two pages; `verify` rejects with its reason. */
  readonly signal?: AbortSignal;
}

/** What came of comparing a log with itself, with what was signed of it, and with what was verified before. */
export type AuditVerdict = VerificationResult & {
  /** The worst that was found; `valid` if nothing was. */
  readonly verdict: 'valid' | FindingClass;
  /** 0: valid. 1: evidence that something was changed. 2: it could not be decided. */
  readonly exitCode: 0 | 1 | 2;
  readonly mode: VerificationMode;
  /** Records that were read for the first time, or all of them in a full run. */
  readonly newEvents: number;
  /** Records that were read again. */
  readonly rereadEvents: number;
  /** Signed checkpoints that the records were compared with. */
  readonly checkpointsCompared: number;
  /** The newest signed checkpoint that the records bear out: up to there the log is proven. */
  readonly checkpoint: RememberedCheckpoint | null;
};
