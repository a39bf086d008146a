import type { Anchor } from '../anchors/anchor.port.js';
import type { CheckpointStore } from '../checkpoints/checkpoint-store.port.js';
import type { Trust } from '../trust/trust.interface.js';
import type { FindAcknowledged } from '../verifier/discarded-rows.js';
import type { VerifiableLog } from '../verifier/verifiable-log.port.js';
import { AuditRun } from './audit-run.js';
import type { AuditVerdict, AuditVerifyOptions } from './audit-verdict.interface.js';
import type { LeafArchive } from './leaf-archive.js';
import { VerifierMemory } from './verifier-memory.js';
import type { CompletedRun } from './verifier-state.js';
import type { VerifierStateStore } from './verifier-state-store.port.js';

/** What a log is compared with. Nothing of it may come from the log's own database, but for `checkpoints`. */
export interface AuditVerifierSettings {
  readonly log: VerifiableLog;
  /** Keys that are believed. Without them no checkpoint can be compared. */
  readonly trust?: Trust;
  /** The database's own checkpoints. */
  readonly checkpoints?: Pick<CheckpointStore, 'list'>;
  /** Places that keep checkpoints out of the reach of the database's owner. @default none */
  readonly anchors?: readonly Anchor[];
  /** What is remembered between two runs. Without it every run reads everything. */
  readonly state?: VerifierStateStore;
  /** Older leaf hashes, which name the first record of a rewrite. @default none */
  readonly archives?: readonly LeafArchive[];
  /** Tells which events a destination acknowledged: others must have their content. @default that is not checked */
  readonly acknowledged?: FindAcknowledged;
  /** Up to which index content may have been discarded after delivery. @default Infinity */
  readonly discardedBelow?: number;
  /** Age in milliseconds from which an event without signed checkpoint is a finding. @default no limit */
  readonly staleAfterMs?: number;
  /** Unix time in milliseconds. @default Date.now */
  readonly now?: () => number;
}

/**
 * Verifies a log as a stranger would who trusts nothing but some keys and what he has seen before: the records against
 * themselves, against every checkpoint that was signed, and against his own memory.
 *
 * @publicApi
 */
export class AuditVerifier {
  constructor(private readonly settings: AuditVerifierSettings) {}

  /**
   * Runs once. Constant memory; any number of verifiers and writers may be at work at the same time.
   *
   * @throws {VerifierStateError} the memory cannot be read or written
   * @throws {StoreError} the log cannot be read
   * @throws what an anchor throws, and the signal's reason once it is aborted
   */
  verify(options: AuditVerifyOptions = {}): Promise<AuditVerdict> {
    return new AuditRun(this.settings, options).run();
  }

  /**
   * How the last run ended, whoever ran it with the same memory; null when none is remembered.
   * @throws {VerifierStateError} the memory cannot be read
   */
  async lastRun(): Promise<CompletedRun | null> {
    const { state, trust } = this.settings;
    return (await new VerifierMemory(state, trust?.origin ?? '').load()).lastRun;
  }
}
