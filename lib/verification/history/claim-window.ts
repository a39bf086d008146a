import type { LogTree } from '../verifier/log-tree.js';
import type { CheckpointClaim } from './checkpoint-claim.interface.js';
import type { ClaimComparison } from './claim-comparison.js';
import type { ClaimSource } from './claim-source.js';

/** The claims about sizes that the page now being checked passes. */
export class ClaimWindow {
  private pending: readonly CheckpointClaim[] = [];
  private next = 0;
  /** Claims about sizes at which the tree was not known, because records are missing. */
  incomparable = 0;

  constructor(
    private readonly source: ClaimSource | null,
    /** Claims from elsewhere. */
    private readonly further: readonly CheckpointClaim[],
    private readonly comparison: ClaimComparison,
  ) {}

  /** Before the records [from, to) are checked. */
  async open(from: number, to: number): Promise<void> {
    const further = this.further.filter(({ size }) => from < size && size <= to);
    const found = (await this.source?.between(from, to)) ?? [];
    this.pending = [...further, ...found].sort((a, b) => a.size - b.size);
    this.next = 0;
  }

  /** The tree has that many records now. */
  pass(size: number, tree: LogTree | null): void {
    const first = this.next;
    while (this.next < this.pending.length && this.pending[this.next].size <= size) this.next++;
    if (this.next === first) return;
    const passed = this.pending.slice(first, this.next);
    const now = passed.filter((claim) => claim.size === size);
    if (tree && now.length > 0) this.comparison.compare(now, tree.root());
    this.incomparable += passed.length - (tree ? now.length : 0);
  }

  /** After the page. */
  close(): void {
    this.incomparable += this.pending.length - this.next;
    this.pending = [];
    this.next = 0;
  }
}
