import type { AuditEvent } from '../event/audit-event.interface.js';
import type { FlushSchedule } from '../delivery/flush-schedule.port.js';
import type { DeliveryService } from '../delivery/delivery.service.js';
import type { EventPipeline } from '../ledger/event-pipeline.js';
import type { SealReceipt } from '../ledger/seal-receipt.interface.js';
import type { EventQueue } from '../ledger/queue/event-queue.js';
import { DeferredSealer } from '../ledger/queue/deferred-sealer.js';
import { BootRegister } from '../lifecycle/boot-register.js';
import { Redactor } from '../redaction/redactor.js';
import { EventReader } from '../reports/event-reader.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { EventRecorder } from '../capture/event-recorder.port.js';
import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import { describeEffectiveConfig } from '../config/effective-config.js';
import type { StoredCheckpoint } from '../verification/checkpoints/checkpoint-store.port.js';
import { CronScheduler } from '../schedule/cron.scheduler.js';
import type { JobScheduler } from '../verification/job/job-scheduler.port.js';
import { Verifier } from '../verification/verifier/verifier.js';
import type { VerificationResult, VerifyOptions } from '../verification/verifier/verification-result.interface.js';
import { FailureReporter } from './failure-reporter.js';
import type { OperationalLog } from './audit-log.interface.js';
import type { AuditStats } from './audit-stats.interface.js';
import { EntityChanges, followedDataSources } from './entity-changes.js';
import type { DataSourceFinder } from './entity-changes.js';
import { EventIntake, reduce } from './event-intake.js';
import { createSequencer } from './outbox-sequencing.js';
import { createAnchors, loadSigningKeys } from './checkpointing.js';
import { closeTrail } from './close-trail.js';
import type { ClosableTrail } from './close-trail.js';
import { LogCheckpoints } from './log-checkpoints.js';
import { discardedBelow, LogVerification } from './log-verification.js';
import { createDelivery } from './log-delivery.js';
import type { RestoredLog, RestoreStatement } from './restore.js';
import { createSealer } from './sealing.factory.js';
import { reportIncidents } from './storage-incidents.js';

/** Makes the store; it may need what exists only at start, such as the application's DataSource. */
export type StorageFactory = (options: ResolvedAuditOptions['storage']) => AuditStorage | Promise<AuditStorage>;

/** Finds what runs scheduled jobs; the application's own scheduler exists only at start. */
export type SchedulerFinder = () => Promise<JobScheduler & FlushSchedule>;

interface OpenParts extends ClosableTrail {
  readonly reader: EventReader;
}

const SYSTEM = { type: 'system', authMethod: 'internal' } as const;

/**
 * All parts of one audit trail, put together and started in order. Knows nothing of Nest, so that the command line and
 * other frameworks run the same trail.
 */
export class AuditRuntime {
  readonly redactor: Redactor;
  readonly failures: FailureReporter;
  readonly pipeline: EventPipeline;
  /** What the capture of requests gives its events to. */
  readonly recorder: EventRecorder;
  private readonly intake: EventIntake;
  private readonly sealer = new DeferredSealer();
  private readonly sealedListeners = new Set<(count: number) => void>();
  private opened: OpenParts | null = null;
  private stopping: Promise<void> | null = null;

  constructor(
    readonly options: ResolvedAuditOptions,
    private readonly log: OperationalLog,
    private readonly createStorage: StorageFactory,
    private readonly findDataSource: DataSourceFinder = () => undefined,
    private readonly findScheduler: SchedulerFinder = async () => new CronScheduler(),
  ) {
    this.failures = new FailureReporter(log, options.onError);
    this.redactor = new Redactor(options.redaction);
    this.intake = new EventIntake({
      options,
      sanitizer: this.redactor,
      sealer: this.sealer,
      failures: this.failures,
      onSealed: (count) => this.sealedListeners.forEach((listener) => listener(count)),
    });
    this.pipeline = this.intake.pipeline;
    this.recorder = {
      isDurable: this.intake.spool !== undefined,
      record: (event) => this.pipeline.record(event),
      seal: (event, { withdraw = false } = {}) => this.sealForAnswer(event, withdraw),
    };
  }

  /** The store. @throws before `start` */
  get storage(): AuditStorage {
    return this.parts().storage;
  }

  /** Events of the application's transactions. @throws before `start` */
  get changes(): EntityChanges {
    return this.parts().changes;
  }

  /** Queries. @throws before `start` */
  get reader(): EventReader {
    return this.parts().reader;
  }

  /** Delivery to sinks. @throws before `start` */
  get delivery(): DeliveryService {
    return this.parts().delivery;
  }

  /** Told whenever events were sealed by this process. @returns ends the subscription */
  onSealed(listener: (count: number) => void): () => void {
    this.sealedListeners.add(listener);
    return () => this.sealedListeners.delete(listener);
  }

  /** Opens the store, replays what dead processes left behind, reports their deaths and records `audit.started`. */
  async start(): Promise<void> {
    // An application that cannot sign must not start as if it could.
    const keys = await loadSigningKeys(this.options.signing);
    const dataSources = followedDataSources(this.options, this.findDataSource);
    const storage = await this.createStorage(this.options.storage);
    await storage.open();
    const sealer = await createSealer(this.options, storage, this.failures);
    this.sealer.settle(sealer);
    const boots = new BootRegister(storage.leases, storage.ledger, {
      instance: this.options.service.instance as string,
      onFailure: (error) => this.failures.report('boot.register', error),
      sealOnce: (event, id) => this.pipeline.sealOnce(event, id),
    });
    const { options, pipeline, failures, log } = this;
    const parts = { options, storage, pipeline, failures, log };
    reportIncidents(storage, parts);
    const scheduler = await this.findScheduler();
    const delivery = createDelivery(parts, scheduler);
    const checkpoints = new LogCheckpoints(parts, keys, delivery.anchors);
    this.onSealed(() => delivery.notify());
    const verification = await LogVerification.create({
      ...parts,
      anchors: [...createAnchors(options.checkpoints), ...delivery.anchors],
      verifierKeys: keys.map(({ verifierKey }) => verifierKey),
      scheduler,
    });
    const outbox = createSequencer({
      storage,
      queue: this.queue,
      pipeline,
      failures,
      retry: options.queue,
      reduced: reduce,
      translate: (entry) => changes.translate(entry),
    });
    const onCommitted = () => outbox?.notify();
    const changes = new EntityChanges({
      options,
      storage,
      sanitizer: this.redactor,
      pipeline,
      failures,
      log,
      onCommitted,
    });
    this.opened = {
      storage,
      reader: new EventReader(storage.ledger),
      boots,
      sealer,
      checkpoints,
      verification,
      delivery,
      outbox,
      changes,
    };
    this.queue.release();
    await changes.start(dataSources);
    await this.intake.replaySpool();
    await boots.start();
    await this.pipeline.seal({
      action: 'audit.started',
      actor: SYSTEM,
      severity: 'info',
      metadata: {
        config: Object.fromEntries(describeEffectiveConfig(this.options).map(({ path, value }) => [path, value])),
      },
    });
    checkpoints.start();
    outbox?.start();
    delivery.start();
    await verification.start();
  }

  /** Records `audit.stopped`, seals what is waiting within the deadline and closes. Never throws. */
  stop(): Promise<void> {
    return (this.stopping ??= this.shutDown());
  }

  /** Checks the stored log against itself. @throws before `start` */
  verify(options: VerifyOptions = {}): Promise<VerificationResult> {
    const { ledger, delivery } = this.parts().storage;
    return new Verifier(ledger, {
      // A log that is not signed any more keeps the name that it was signed under.
      origin: this.options.signing?.origin,
      acknowledged: (eventIds) => delivery.findAcknowledged(eventIds),
      discardedBelow: discardedBelow(this.options),
    }).verify(options);
  }

  /** Verification on its schedule, against signed checkpoints, anchors and its own memory. @throws before `start` */
  get verification(): LogVerification {
    return this.parts().verification;
  }

  /**
   * Publishes a signed checkpoint of the log as it is now and hands it to the anchors.
   * @throws before `start`, without `signing`, and SigningRefusedError when the log is no extension of what was signed
   */
  async checkpoint(): Promise<StoredCheckpoint> {
    return this.parts().checkpoints.publish();
  }

  /** Records that the database was restored from a backup and signs it under its new name. @throws before `start` */
  async restored(statement: RestoreStatement): Promise<RestoredLog> {
    return this.parts().checkpoints.restored(statement);
  }

  /** The `.tlog-proof` file of an event. @throws ProofUnavailableError; before `start` */
  prove(eventId: string): Promise<string> {
    return this.parts().checkpoints.prover.prove(eventId);
  }

  stats(): AuditStats {
    return {
      ...this.queue.stats(),
      failuresByPart: this.failures.totals(),
      checkpoints: this.opened?.checkpoints.status() ?? null,
      outbox: this.opened?.outbox?.stats() ?? null,
      verification: this.opened?.verification.health() ?? null,
    };
  }

  /** Resolves when everything committed or accepted so far is sealed or counted as lost. */
  async whenIdle(): Promise<void> {
    await this.opened?.outbox?.whenIdle();
    await this.queue.whenIdle();
  }

  private async shutDown(): Promise<void> {
    const { opened, intake, failures, options } = this;
    if (opened) await closeTrail({ ...opened, intake, failures, deadlineMs: options.queue.drainTimeoutMs });
  }

  private get queue(): EventQueue {
    return this.intake.queue;
  }

  /** A `strict` answer, whose event is taken back on a time-out, also waits for the sinks that are required. */
  private async sealForAnswer(event: AuditEvent, withdraw: boolean): Promise<SealReceipt> {
    const receipt = await this.pipeline.seal(event, { withdraw });
    if (withdraw) await this.delivery.awaitRequired(receipt, this.options.queue.sealTimeoutMs);
    return receipt;
  }

  private parts(): NonNullable<typeof this.opened> {
    if (!this.opened) {
      throw new Error(
        'The audit trail has not been started yet: its store is opened in onModuleInit. Read it after that.',
      );
    }
    return this.opened;
  }
}
