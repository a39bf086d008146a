import type { CheckpointViolation } from '../checkpoints/checkpoint-violation.interface.js';
import type { AuditVerdict } from './audit-verdict.interface.js';

/**
 * Evidence that the log was changed, as an application is told of it: the first thing that is wrong, and, if a
 * verification found it, its verdict with all of them.
 *
 * @publicApi
 */
export interface IntegrityViolation extends CheckpointViolation {
  /** Absent when signing or anchoring came across it. */
  readonly verdict?: AuditVerdict;
}
