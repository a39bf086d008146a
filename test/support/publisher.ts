import { Anchoring } from '../../lib/verification/checkpoints/anchoring.js';
import { CheckpointPublisher } from '../../lib/verification/checkpoints/checkpoint-publisher.js';
import type { CheckpointPublisherOptions } from '../../lib/verification/checkpoints/checkpoint-publisher.js';
import type { CheckpointViolation } from '../../lib/verification/checkpoints/checkpoint-violation.interface.js';
import { ViolationReporter } from '../../lib/verification/checkpoints/violation-reporter.js';
import type { SignedLog } from './signed-log.js';

export interface TestPublisher {
  readonly publisher: CheckpointPublisher;
  readonly violations: CheckpointViolation[];
  readonly failures: unknown[];
}

let count = 0;

/** A publisher as a process has it; several may be made of one log. */
export function publisherOf(log: SignedLog, changes: Partial<CheckpointPublisherOptions> = {}): TestPublisher {
  const { storage, anchors, verifiers, origin } = log;
  const found: CheckpointViolation[] = [];
  const failures: unknown[] = [];
  const violations = new ViolationReporter((violation) => found.push(violation));
  const onFailure = (error: unknown) => failures.push(error);
  const publisher = new CheckpointPublisher({
    signer: log.signer(),
    checkpoints: storage.checkpoints,
    log: storage.ledger,
    anchoring: new Anchoring({ checkpoints: storage.checkpoints, anchors, verifiers, origin, violations, onFailure }),
    verifiers,
    leases: storage.leases,
    holder: `publisher-${count++}`,
    everyMs: 20,
    idleEveryMs: 600_000,
    leaseMs: 200,
    heartbeat: () => log.grow(1, 'heartbeat'),
    violations,
    onFailure,
    ...changes,
  });
  return { publisher, violations: found, failures };
}
