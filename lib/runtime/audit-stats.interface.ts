import type { OutboxStats } from '../ledger/outbox/outbox-sequencer.js';
import type { QueueStats } from '../ledger/queue/event-queue.interface.js';
import type { CheckpointStatus } from '../verification/checkpoints/checkpoint-status.interface.js';
import type { VerificationHealth } from '../verification/job/job-health.interface.js';

/** @publicApi */
export interface AuditStats extends QueueStats {
  /** Failures of the trail itself since the start, by part. */
  readonly failuresByPart: Readonly<Record<string, number>>;
  /** How far checkpoints and anchors have come; null without `signing` and before the start. */
  readonly checkpoints: CheckpointStatus | null;
  /** What came out of transactions of the application; null before the start and where the log is not kept in SQL. */
  readonly outbox: OutboxStats | null;
  /** How the scheduled verification stands; null when there is none, and before the start. */
  readonly verification: VerificationHealth | null;
}
