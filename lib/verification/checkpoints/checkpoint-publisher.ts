import { timestampNow } from '../../event/timestamp.js';
import type { LeaseStore } from '../../ledger/lease-store.port.js';
import type { LedgerStore } from '../../ledger/ledger-store.port.js';
import type { NoteVerifier } from '../notes/verifier-key.js';
import type { CheckpointSigner, SignedCheckpoint } from '../signing/checkpoint-signer.js';
import { SigningRefusedError } from '../signing/signing-refused.error.js';
import type { Anchoring } from './anchoring.js';
import { readProgress } from './checkpoint-progress.js';
import type { ProgressFacts } from './checkpoint-progress.js';
import type { CheckpointStatus } from './checkpoint-status.interface.js';
import type { CheckpointStore, StoredCheckpoint } from './checkpoint-store.port.js';
import type { CheckpointViolation } from './checkpoint-violation.interface.js';
import { readOwnCheckpoint } from './own-checkpoint.js';
import { SilenceWatch } from './silence-watch.js';
import type { ViolationReporter } from './violation-reporter.js';

const LEASE = 'checkpoint:publish';
const SHORTEST_LEASE_MS = 10_000;

export interface CheckpointPublisherOptions {
  readonly signer: CheckpointSigner;
  readonly checkpoints: CheckpointStore;
  readonly log: Pick<LedgerStore, 'readHead' | 'readRange'>;
  readonly anchoring: Anchoring;
  readonly verifiers: readonly NoteVerifier[];
  readonly leases: LeaseStore;
  /** This process, as it is called in leases. */
  readonly holder: string;
  /** Pause between two looks at the log, in milliseconds. */
  readonly everyMs: number;
  /** So long without a new checkpoint, and the log is made to grow by a heartbeat, in milliseconds. */
  readonly idleEveryMs: number;
  /** How long the others wait for a publisher that died. @default three times `everyMs`, at least 10 s */
  readonly leaseMs?: number;
  /** Seals an event that says that nothing happened. */
  readonly heartbeat: (last: SignedCheckpoint | null) => Promise<void>;
  readonly violations: ViolationReporter;
  readonly onFailure: (error: unknown) => void;
}

const NOTHING_YET: ProgressFacts = { size: null, publishedAt: null, anchoredSize: 0, unanchoredSince: null };

/**
 * Publishes checkpoints: when the log has grown, when it has been silent for long, on demand and at the end. Of many
 * processes one publishes at a time; several at once are harmless, since they share the signer's memory or sign what is
 * true of the log in any case.
 */
export class CheckpointPublisher {
  private timer: NodeJS.Timeout | null = null;
  private ticking: Promise<void> = Promise.resolve();
  private turn: Promise<unknown> = Promise.resolve();
  private stopped = false;
  private named = false;
  private problem: { state: CheckpointStatus['state']; message: string } | null = null;
  private progress = NOTHING_YET;
  private pause = 0;
  private skip = 0;
  private readonly silence: SilenceWatch;

  constructor(private readonly options: CheckpointPublisherOptions) {
    this.silence = new SilenceWatch(options.idleEveryMs);
  }

  /** Publishes in the background from now on. */
  start(): void {
    this.schedule();
  }

  /**
   * Publishes a checkpoint of the log as it is now and hands it to the anchors.
   * @throws SigningRefusedError, SignerStateError, and what the stores and keys throw
   */
  async publish(): Promise<StoredCheckpoint> {
    const published = await this.inTurn(() => this.publishNow());
    await this.anchor();
    await this.measure();
    return published;
  }

  /** Ends the background work, then publishes what the log has grown by. Never throws. */
  async stop(): Promise<void> {
    this.stopped = true;
    if (this.timer) clearTimeout(this.timer);
    await this.ticking;
    await this.guard(async () => {
      const { size } = await this.options.log.readHead();
      if (size !== (await this.latestUpTo(size))?.size) await this.publish();
    });
    await this.guard(async () => void (await this.options.leases.release(LEASE, this.options.holder)));
  }

  status(): CheckpointStatus {
    const { unanchoredSince } = this.progress;
    return {
      origin: this.options.signer.origin,
      state: this.problem?.state ?? 'ok',
      problem: this.problem?.message ?? null,
      ...this.progress,
      anchors: this.options.anchoring.anchors.length,
      oldestUnanchoredMs: unanchoredSince === null ? 0 : Math.max(0, Date.now() - Date.parse(unanchoredSince)),
      violations: this.options.violations.count,
    };
  }

  private schedule(): void {
    if (this.stopped) return;
    this.timer = setTimeout(() => {
      this.ticking = this.tick().finally(() => this.schedule());
    }, this.options.everyMs);
    this.timer.unref();
  }

  private async tick(): Promise<void> {
    const { leases, holder, everyMs, leaseMs = Math.max(3 * everyMs, SHORTEST_LEASE_MS) } = this.options;
    const done = await this.guard(async () => {
      if (!(await leases.acquire(LEASE, holder, leaseMs))) return;
      if (this.skip > 0) this.skip--;
      else await this.publishIfDue();
      await this.anchor();
    });
    if (done && this.problem?.state === 'failing') this.problem = null;
    await this.measure();
  }

  private async publishIfDue(): Promise<void> {
    const { log, heartbeat, idleEveryMs } = this.options;
    const head = await log.readHead();
    const latest = await this.latestUpTo(head.size);
    if (!this.named || head.size !== (latest?.size ?? -1)) {
      await this.inTurn(() => this.publishNow());
    } else if (this.silence.measure(latest) >= idleEveryMs) {
      await heartbeat(latest);
      await this.inTurn(() => this.publishNow());
    }
  }

  /** A row about more records than there are is none that this log needs, whoever wrote it. */
  private async latestUpTo(size: number): Promise<StoredCheckpoint | null> {
    const [latest] = await this.options.checkpoints.list({ to: size, direction: 'descending', limit: 1 });
    return latest ?? null;
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const run = this.turn.then(work);
    this.turn = run.catch(() => undefined);
    return run;
  }

  private async publishNow(): Promise<StoredCheckpoint> {
    const { signer, checkpoints } = this.options;
    const { size, root, note } = await this.sign();
    const checkpoint = { size, root, note, createdAt: timestampNow(), anchoredAt: null };
    if (!this.named) await checkpoints.nameLog(signer.origin);
    this.named = true;
    if (await checkpoints.insert(checkpoint)) return checkpoint;
    const present = await checkpoints.read(size);
    if (present && textOf(present.note) !== textOf(note)) this.reportOther(present, note);
    return present ?? checkpoint;
  }

  private async sign(): Promise<SignedCheckpoint> {
    try {
      const signed = await this.options.signer.sign();
      this.problem = null;
      this.pause = 0;
      return signed;
    } catch (error) {
      // Reading the log again and again to find the same thing would only load the database.
      this.pause = Math.min(2 * this.pause + 1, Math.ceil(this.options.idleEveryMs / this.options.everyMs));
      this.skip = error instanceof SigningRefusedError ? this.pause : 0;
      const refused = error instanceof SigningRefusedError;
      this.problem = { state: refused ? error.state : 'failing', message: (error as Error).message };
      if (refused && error.violation) {
        const { state, index, expected, found, message } = error;
        this.options.violations.report({
          class: state as CheckpointViolation['class'],
          index,
          expected,
          found,
          message,
        });
      }
      throw error;
    }
  }

  /** The database already has a note of this size that says something else. */
  private reportOther(present: StoredCheckpoint, note: string): void {
    const genuine = readOwnCheckpoint(present.note, this.options.verifiers, undefined) !== null;
    this.options.violations.report({
      class: genuine ? 'split_view' : 'bad_signature',
      index: null,
      expected: note,
      found: present.note,
      message: genuine
        ? `Two signed checkpoints of size ${present.size} say different things. Keep both:\n${present.note}\n${note}`
        : `The row of size ${present.size} in audit_checkpoint is not what was signed. Somebody wrote it into the database.`,
      notes: [present.note, note],
    });
  }

  private anchor(): Promise<void> {
    return this.inTurn(() => this.options.anchoring.run());
  }

  private async measure(): Promise<void> {
    const { checkpoints, log } = this.options;
    await this.guard(async () => void (this.progress = await readProgress(checkpoints, log)));
  }

  private async guard(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (!(error instanceof SigningRefusedError) && this.problem === null) {
        this.problem = { state: 'failing', message: (error as Error).message };
      }
      this.options.onFailure(error);
      return false;
    }
  }
}

/** What a note says, without who signed it. */
function textOf(note: string): string {
  const end = note.lastIndexOf('\n\n');
  return end < 0 ? note : note.slice(0, end + 1);
}
