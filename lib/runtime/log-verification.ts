import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { ResolvedAuditOptions } from '../config/resolve-audit-options.js';
import type { EventPipeline } from '../ledger/event-pipeline.js';
import { formatIdentity, ownIdentity } from '../ledger/process/process-identity.js';
import { keyIdOf } from '../ledger/sealing/event-signer.factory.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { Anchor } from '../verification/anchors/anchor.port.js';
import type { AuditVerdict, AuditVerifyOptions } from '../verification/history/audit-verdict.interface.js';
import { AuditVerifier } from '../verification/history/audit-verifier.js';
import { FileVerifierStateStore } from '../verification/history/file.verifier-state-store.js';
import type { IntegrityViolation } from '../verification/history/integrity-violation.interface.js';
import { storedTileArchive } from '../verification/history/leaf-archive.js';
import { RowVerifierStateStore } from '../verification/history/row.verifier-state-store.js';
import type { VerifierStateStore } from '../verification/history/verifier-state-store.port.js';
import type { VerificationHealth } from '../verification/job/job-health.interface.js';
import type { JobScheduler } from '../verification/job/job-scheduler.port.js';
import { VerificationJob } from '../verification/job/verification-job.js';
import { readTrustFile, trustKeys } from '../verification/trust/parse-trust.js';
import type { Trust } from '../verification/trust/trust.interface.js';
import type { TrustedEventKey } from '../verification/verifier/signature-checker.js';
import type { OperationalLog } from './audit-log.interface.js';
import type { FailureReporter } from './failure-reporter.js';

export interface LogVerificationParts {
  readonly options: ResolvedAuditOptions;
  readonly storage: AuditStorage;
  readonly pipeline: EventPipeline;
  readonly failures: FailureReporter;
  readonly log: OperationalLog;
  readonly anchors: readonly Anchor[];
  /** Verifier keys of those who sign checkpoints; none without `signing`. */
  readonly verifierKeys: readonly string[];
  readonly scheduler: JobScheduler;
}

/** An event without a signed checkpoint is late after so many of the longest pauses between two checkpoints. */
const LATE_PAUSES = 6;
const SHORTEST_LATENESS_MS = 3_600_000;

/** Verification of a running trail: on its schedule, and on demand. */
export class LogVerification {
  private constructor(
    private readonly verifier: AuditVerifier,
    private readonly job: VerificationJob | null,
  ) {}

  /** @throws TrustError when the trust file cannot be read: an application must not start as if it verified */
  static async create(parts: LogVerificationParts): Promise<LogVerification> {
    const { storage, options, anchors } = parts;
    const verifier = new AuditVerifier({
      log: storage.ledger,
      trust: await trustOf(parts),
      checkpoints: storage.checkpoints,
      anchors,
      acknowledged: (eventIds) => storage.delivery.findAcknowledged(eventIds),
      discardedBelow: discardedBelow(options),
      archives: [storedTileArchive(storage.tiles)],
      state: stateStore(parts),
      ...(options.signing && {
        staleAfterMs: Math.max(LATE_PAUSES * options.checkpoints.idleEveryMs, SHORTEST_LATENESS_MS),
      }),
    });
    return new LogVerification(verifier, options.verification.enabled ? createJob(parts, verifier) : null);
  }

  /** Starts the schedule, if there is to be one. */
  async start(): Promise<void> {
    await this.job?.start();
  }

  /** Verifies now, with the memory of the scheduled runs. */
  verify(options: AuditVerifyOptions = {}): Promise<AuditVerdict> {
    return this.verifier.verify(options);
  }

  /** Does what the schedule does, now. Never throws. */
  async runNow(): Promise<void> {
    await this.job?.runNow();
  }

  /** Null when nothing is scheduled. */
  health(): VerificationHealth | null {
    return this.job?.health() ?? null;
  }

  /** Ends the schedule and waits for a run that is going on. Never throws. */
  async stop(): Promise<void> {
    await this.job?.stop();
  }
}

/** Up to which record the log may be without content; what mode `remote` discards is known to the mode alone. */
export function discardedBelow({ delivery }: Pick<ResolvedAuditOptions, 'delivery'>): number {
  return delivery.mode === 'remote' ? Infinity : delivery.discardedBelow;
}

function createJob(parts: LogVerificationParts, verifier: AuditVerifier): VerificationJob {
  const { options, storage, pipeline, failures, log, scheduler } = parts;
  const { cron, timeZone, mode, rolling, onViolation } = options.verification;
  return new VerificationJob({
    verifier,
    scheduler,
    cron,
    timeZone,
    mode,
    rolling,
    leases: storage.leases,
    holder: formatIdentity(ownIdentity()),
    record: (event) => pipeline.record(event),
    onViolation: onViolation && ((verdict) => onViolation(toViolation(verdict))),
    logError: (message) => log.error(`Audit trail: ${message}`),
    onFailure: (error) => failures.report('verification', error),
  });
}

function stateStore({ options, storage }: LogVerificationParts): VerifierStateStore | undefined {
  const { stateFile } = options.verification;
  if (stateFile !== undefined) return new FileVerifierStateStore(stateFile);
  return storage.states && new RowVerifierStateStore(storage.states);
}

async function trustOf({ options, verifierKeys }: LogVerificationParts): Promise<Trust | undefined> {
  const { trustFile } = options.verification;
  if (trustFile !== undefined) return readTrustFile(trustFile);
  const { signing } = options;
  if (!signing) return undefined;
  const eventKey = await ownEventKey(signing.events);
  return { ...trustKeys(verifierKeys, signing.origin), ...(eventKey && { eventKeys: [eventKey] }) };
}

/** Since when events are signed only a trust file can say, so no signature is demanded by this key alone. */
async function ownEventKey(
  events: NonNullable<ResolvedAuditOptions['signing']>['events'],
): Promise<TrustedEventKey | null> {
  if (!events || events.signer) return null;
  const { algorithm, keyFile, key, keyId } = events;
  const publicKey = createPublicKey(createPrivateKey(key ?? (await readFile(keyFile as string))));
  return { keyId: keyId ?? keyIdOf(publicKey), algorithm, publicKey, optional: true };
}

function toViolation(verdict: AuditVerdict): IntegrityViolation {
  const [{ class: kind, index, expected, found, message, notes }] = verdict.findings;
  return { class: kind, index, expected, found, message, ...(notes && { notes }), verdict };
}
