import type { DeliveryService } from '../delivery/delivery.service.js';
import type { OutboxSequencer } from '../ledger/outbox/outbox-sequencer.js';
import type { Sealer } from '../ledger/queue/sealer.interface.js';
import type { BootRegister } from '../lifecycle/boot-register.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { EntityChanges } from './entity-changes.js';
import type { EventIntake } from './event-intake.js';
import type { FailureReporter } from './failure-reporter.js';
import type { LogCheckpoints } from './log-checkpoints.js';
import type { LogVerification } from './log-verification.js';

/** What was opened and has to be closed. */
export interface ClosableTrail {
  readonly storage: AuditStorage;
  readonly boots: BootRegister;
  readonly sealer: Sealer;
  readonly checkpoints: LogCheckpoints;
  readonly verification: LogVerification;
  readonly outbox: OutboxSequencer | null;
  readonly changes: EntityChanges;
  readonly delivery: DeliveryService;
}

export interface ClosingParts extends ClosableTrail {
  readonly intake: EventIntake;
  readonly failures: FailureReporter;
  /** For each of the parts that have something left to do, in milliseconds. */
  readonly deadlineMs: number;
}

/**
 * Ends a trail in order: first what makes events, then what seals them, then what signs and delivers the sealed ones, and
 * the store last. Never throws: what fails is reported, and the rest is closed all the same.
 */
export async function closeTrail({
  storage,
  boots,
  sealer,
  checkpoints,
  verification,
  outbox,
  changes,
  delivery,
  intake: { queue, pipeline, spool },
  failures,
  deadlineMs,
}: ClosingParts): Promise<void> {
  const guard = (where: string, work: Promise<unknown>) =>
    work.catch((error: unknown) => failures.report(where, error));
  changes.stop();
  await verification.stop();
  await outbox?.stop(deadlineMs);
  const { accepted, sealed, lost } = queue.stats();
  pipeline.record({
    action: 'audit.stopped',
    actor: { type: 'system', authMethod: 'internal' },
    severity: 'info',
    metadata: { accepted, sealed, lost },
  });
  const left = await queue.close(deadlineMs);
  if (left > 0) {
    const where = spool ? 'they are in the spool and the next start seals them' : 'they are lost';
    failures.report('shutdown', new Error(`${left} events could not be sealed in time; ${where}.`), { left });
  }
  await guard('boot.register', boots.stop(left === 0));
  await guard('seal.close', sealer.close());
  await checkpoints.stop(deadlineMs);
  await guard('delivery.stop', delivery.stop(deadlineMs));
  await guard('storage.close', storage.close());
}
