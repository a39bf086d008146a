import type { ReachedPoint } from '../verifier/verification-run.js';
import type { VerificationMode } from './audit-verdict.interface.js';
import type { CheckpointClaim } from './checkpoint-claim.interface.js';
import type { ClaimComparison } from './claim-comparison.js';
import { emptyState, formatVerifierState, parseVerifierState, prefixOf } from './verifier-state.js';
import type { CompletedRun, VerifiedPrefix, VerifierState } from './verifier-state.js';
import type { VerifierStateStore } from './verifier-state-store.port.js';

/** What the verifier remembers, and what follows from it. */
export class VerifierMemory {
  private current: VerifierState;
  /** Name of the log that was remembered, when it is another one than is verified now. */
  other: string | null = null;

  constructor(
    private readonly store: VerifierStateStore | undefined,
    /** Name of the log; empty when it is not known. */
    private readonly origin: string,
  ) {
    this.current = emptyState(origin);
  }

  get state(): VerifierState {
    return this.current;
  }

  async load(): Promise<VerifierState> {
    const text = (await this.store?.read()) ?? null;
    if (text === null || !this.store) return this.current;
    const state = parseVerifierState(text, this.store.name);
    if (this.origin !== '' && state.origin !== '' && state.origin !== this.origin) {
      // A new name is how a log goes on after a restore: what was remembered is of a history that has ended.
      this.other = state.origin;
    } else {
      this.current = { ...state, origin: this.origin === '' ? state.origin : this.origin };
    }
    return this.current;
  }

  /** What is remembered, as claims: the end of what was read, and the newest signed checkpoint. */
  get claims(): CheckpointClaim[] {
    const { verified, checkpoint } = this.current;
    const claims: CheckpointClaim[] = [];
    if (verified) claims.push(prefixClaim(verified));
    if (checkpoint) claims.push(this.checkpointClaim as CheckpointClaim);
    return claims;
  }

  get checkpointClaim(): CheckpointClaim | null {
    const { checkpoint } = this.current;
    return checkpoint && { ...checkpoint, source: "the verifier's last signed checkpoint", keeper: 'memory' };
  }

  /** The newest signed checkpoint, if it is about what a run builds on. */
  checkpointAt({ size }: VerifiedPrefix): CheckpointClaim | null {
    const claim = this.checkpointClaim;
    return claim && claim.size <= size ? claim : null;
  }

  /** Remembers how far a run has got that has not ended. */
  async save(mode: VerificationMode, reached: ReachedPoint | null, comparison: ClaimComparison): Promise<void> {
    if (reached === null) return;
    const prefix = toPrefix(reached);
    if (mode === 'full') await this.write({ ...this.current, full: prefix });
    else await this.write({ ...this.current, verified: prefix, ...this.proven(comparison) });
  }

  /**
   * Remembers the end of a run.
   *
   * @param good whether what was read may be built on
   */
  async finish(run: {
    readonly good: boolean;
    readonly reached: ReachedPoint | null;
    readonly comparison: ClaimComparison;
    readonly nextUnit: number;
    readonly lastRun: CompletedRun;
  }): Promise<void> {
    const ended = { ...this.current, full: null, lastRun: run.lastRun };
    if (!run.good || run.reached === null) return this.write(ended);
    const { nextUnit, reached, comparison } = run;
    return this.write({ ...ended, nextUnit, verified: toPrefix(reached), ...this.proven(comparison) });
  }

  /** How far signed checkpoints prove the log, with what was compared in this run. */
  private proven(comparison: ClaimComparison): Pick<VerifierState, 'checkpoint' | 'anchoredSize'> {
    const { checkpoint } = this.current;
    const { newestAgreed: newest } = comparison;
    return {
      checkpoint:
        newest && newest.size > (checkpoint?.size ?? -1)
          ? { size: newest.size, root: newest.root, note: newest.note }
          : checkpoint,
      anchoredSize: this.anchoredSize(comparison),
    };
  }

  anchoredSize(comparison: ClaimComparison): number {
    return Math.max(this.current.anchoredSize, comparison.anchoredSize);
  }

  private async write(state: VerifierState): Promise<void> {
    this.current = state;
    await this.store?.write(formatVerifierState(state));
  }
}

/** What was read to the end, as a claim. */
export function prefixClaim({ size, root }: VerifiedPrefix): CheckpointClaim {
  return { size, root, note: null, source: "the verifier's memory", keeper: 'memory' };
}

function toPrefix({ tree, algorithm, streams, createdAt }: ReachedPoint): VerifiedPrefix {
  return prefixOf(tree, { algorithm, streams, createdAt: createdAt ?? '' });
}
