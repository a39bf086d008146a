import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import type { EventPipeline } from '../ledger/event-pipeline.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { Anchor } from '../verification/anchors/anchor.port.js';
import type { CheckpointPublisher } from '../verification/checkpoints/checkpoint-publisher.js';
import type { CheckpointStatus } from '../verification/checkpoints/checkpoint-status.interface.js';
import type { StoredCheckpoint } from '../verification/checkpoints/checkpoint-store.port.js';
import type { CheckpointViolation } from '../verification/checkpoints/checkpoint-violation.interface.js';
import { EventProver } from '../verification/checkpoints/event-prover.js';
import { parseVerifierKey } from '../verification/notes/verifier-key.js';
import type { CheckpointKey } from '../verification/signing/checkpoint-key.js';
import type { SignedCheckpoint } from '../verification/signing/checkpoint-signer.js';
import type { KeyRotation } from '../verification/signing/key-rotation.js';
import type { OperationalLog } from './audit-log.interface.js';
import {
  heartbeatEvent,
  keyNameOf,
  keyRotatedEvent,
  ROTATED_KEY,
  rotationId,
  violationEvent,
} from './checkpoint-events.js';
import { createAnchors, createPublisher } from './checkpointing.js';
import type { FailureReporter } from './failure-reporter.js';
import { goOnAfterRestore } from './restore.js';
import type { RestoredLog, RestoreStatement } from './restore.js';

export interface LogCheckpointsParts {
  readonly options: ResolvedAuditOptions;
  readonly storage: AuditStorage;
  readonly pipeline: EventPipeline;
  readonly failures: FailureReporter;
  readonly log: OperationalLog;
}

/** Checkpoints, anchors and proofs of a running trail. Without `signing` there are none. */
export class LogCheckpoints {
  readonly prover: EventProver;
  private readonly publisher: CheckpointPublisher | null;

  constructor(
    private readonly parts: LogCheckpointsParts,
    keys: readonly CheckpointKey[],
    /** Beside those of the options. */
    anchors: readonly Anchor[] = [],
  ) {
    const { storage, options } = parts;
    const { signing } = options;
    this.publisher = signing
      ? createPublisher(
          storage,
          keys,
          [...createAnchors(options.checkpoints), ...anchors],
          { ...options, signing },
          this.hooks(),
        )
      : null;
    this.prover = new EventProver({
      log: storage.ledger,
      checkpoints: storage.checkpoints,
      tiles: storage.tiles,
      ...(signing && {
        verifiers: keys.map(({ verifierKey }) => parseVerifierKey(verifierKey)),
        publish: () => this.publish(),
      }),
    });
  }

  start(): void {
    this.publisher?.start();
  }

  /** Publishes the last checkpoint. Never throws; gives up after `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    if (!this.publisher) return;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(() => {
        this.fail(new Error(`The last checkpoint was not published within ${deadlineMs} ms. The next start does it.`));
        resolve();
      }, deadlineMs);
    });
    await Promise.race([this.publisher.stop(), late]);
    clearTimeout(timer);
  }

  /**
   * Publishes a checkpoint of the log as it is now.
   * @throws Error without the option `signing`; SigningRefusedError and others: see `CheckpointPublisher`
   */
  publish(): Promise<StoredCheckpoint> {
    return this.publisher ? this.publisher.publish() : Promise.reject(withoutKey());
  }

  /**
   * Lets a restored log go on under the name in `signing.origin`, and signs it under that name.
   * @throws Error without the option `signing`; RestoreRefusedError and others: see `goOnAfterRestore`
   */
  async restored(statement: RestoreStatement): Promise<RestoredLog> {
    const { storage, options, pipeline } = this.parts;
    if (!options.signing) throw withoutKey();
    const { signing } = options;
    const restored = await goOnAfterRestore({ storage, signing, seal: (event) => pipeline.seal(event) }, statement);
    await this.publish();
    return restored;
  }

  /** Null without the option `signing`. */
  status(): CheckpointStatus | null {
    return this.publisher?.status() ?? null;
  }

  private hooks() {
    const { pipeline, log } = this.parts;
    return {
      announce: (rotation: KeyRotation) => this.announce(rotation),
      heartbeat: async (last: SignedCheckpoint | null) => void (await pipeline.seal(heartbeatEvent(last))),
      onViolation: (violation: CheckpointViolation) => this.raiseAlarm(violation),
      onFailure: (error: unknown) => this.fail(error),
      onNotice: (message: string) => log.warn(`Audit trail: ${message}`),
    };
  }

  /** Once for each new key, whoever comes first. */
  private async announce(rotation: KeyRotation): Promise<void> {
    const { storage, pipeline } = this.parts;
    const [known] = await storage.ledger.findPage({
      action: 'audit.key_rotated',
      resourceType: ROTATED_KEY,
      resourceId: keyNameOf(rotation.to),
      direction: 'descending',
      limit: 1,
    });
    if (!known) await pipeline.sealOnce(keyRotatedEvent(rotation), rotationId(rotation));
  }

  private raiseAlarm(violation: CheckpointViolation): void {
    const { options, pipeline, failures, log } = this.parts;
    log.error(`Audit trail: integrity violation (${violation.class}): ${violation.message}`);
    pipeline.record(violationEvent(violation));
    Promise.resolve()
      .then(() => options.verification.onViolation?.(violation))
      .catch((error: unknown) => failures.report('verification.onViolation', error));
  }

  private fail(error: unknown): void {
    this.parts.failures.report('checkpoint', error);
  }
}

function withoutKey(): Error {
  return new Error(
    'There are no checkpoints without a key: set the option "signing". "nestjs-audit-trail keygen" makes one.',
  );
}
