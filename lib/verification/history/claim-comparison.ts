import type { Finding } from '../verifier/finding.interface.js';
import type { CheckpointClaim } from './checkpoint-claim.interface.js';

/** A claim that the records do not bear out. */
export interface ContradictedClaim extends CheckpointClaim {
  /** Root of the records that are there, lowercase hex. */
  readonly present: string;
}

export type SignedClaim = CheckpointClaim & { readonly note: string };

const MAX_CONTRADICTED = 1000;

/** Compares what was signed with the records that are there. */
export class ClaimComparison {
  /** The newest signed claim that the records bear out. */
  newestAgreed: SignedClaim | null = null;
  /** Number of records of the newest claim of an anchor that the records bear out. */
  anchoredSize = 0;
  readonly contradicted: ContradictedClaim[] = [];
  /** How many claims were compared. */
  compared = 0;
  /** Sizes at which the records bear a claim out, next to the contradicted ones: where a rewrite begins. */
  private readonly agreed = new Map<ContradictedClaim, CheckpointClaim | null>();
  private lastAgreed: CheckpointClaim | null = null;

  /**
   * @param claims all of one size; sizes come in order within one stretch of the log
   * @param present root of that many records, lowercase hex
   */
  compare(claims: readonly CheckpointClaim[], present: string): void {
    this.compared += claims.length;
    for (const claim of claims) {
      if (claim.root !== present) this.contradict(claim, present);
      else {
        this.noteAgreed(claim);
      }
    }
  }

  /** A stretch of the log begins in front of which nothing was compared, or this claim is known to hold. */
  beginStretch(known: CheckpointClaim | null): void {
    this.lastAgreed = null;
    if (known) this.noteAgreed(known);
  }

  /** Whether somebody signed two histories: the records bear out a note that is no older than the contradicted one. */
  get splitView(): Finding | null {
    const later = this.newestAgreed;
    const signed = this.contradicted.filter(isSigned);
    const earlier = later ? signed.find(({ size }) => size <= later.size) : undefined;
    if (earlier && later) return splitView(earlier, later);
    for (const first of signed) {
      const second = signed.find((other) => other.size === first.size && other.root !== first.root);
      if (second) return splitView(first, second);
    }
    return null;
  }

  /** Whether two signed histories explain all contradictions: the records are the newer one. */
  get explainedBySplit(): boolean {
    const { newestAgreed } = this;
    return newestAgreed !== null && this.contradicted.every(({ size }) => size <= newestAgreed.size);
  }

  /** Where the records begin to be others than those that were signed, as far as signed sizes tell. */
  get rewritten(): { readonly from: number; readonly claim: ContradictedClaim } | null {
    const [claim] = [...this.contradicted].sort((a, b) => a.size - b.size || Number(isSigned(b)) - Number(isSigned(a)));
    return claim ? { from: this.agreed.get(claim)?.size ?? 0, claim } : null;
  }

  private noteAgreed(claim: CheckpointClaim): void {
    this.lastAgreed = claim;
    if (claim.keeper === 'anchor') this.anchoredSize = Math.max(this.anchoredSize, claim.size);
    if (isSigned(claim) && claim.size >= (this.newestAgreed?.size ?? 0)) this.newestAgreed = claim;
  }

  private contradict(claim: CheckpointClaim, present: string): void {
    if (this.contradicted.length >= MAX_CONTRADICTED) return;
    const contradicted = { ...claim, present };
    this.contradicted.push(contradicted);
    this.agreed.set(contradicted, this.lastAgreed);
  }
}

function isSigned<T extends CheckpointClaim>(claim: T): claim is T & SignedClaim {
  return claim.note !== null;
}

function splitView(earlier: SignedClaim, later: SignedClaim): Finding {
  return {
    class: 'split_view',
    reason: 'split_view',
    index: null,
    eventId: null,
    expected: `${earlier.size} ${earlier.root}`,
    found: `${later.size} ${later.root}`,
    message:
      `Two signed checkpoints cannot both be true: ${earlier.source} (size ${earlier.size}) and ${later.source} (size ` +
      `${later.size}). Whoever holds the key has shown two histories. Keep both notes: they prove it by themselves.`,
    notes: [earlier.note, later.note],
  };
}
