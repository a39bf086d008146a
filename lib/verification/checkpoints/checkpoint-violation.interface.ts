import type { FindingClass } from '../verifier/finding.interface.js';

/** Something that signing or anchoring found to be wrong with the log. Evidence is in it verbatim. */
export interface CheckpointViolation {
  readonly class: FindingClass;
  /** `logIndex` of the first record concerned; null if none is, or it is not known. */
  readonly index: number | null;
  readonly expected: string | null;
  readonly found: string | null;
  readonly message: string;
  /** Signed notes that cannot both be true. */
  readonly notes?: readonly string[];
}
