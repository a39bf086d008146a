import type { StoredCheckpoint } from '../../../verification/checkpoints/checkpoint-store.port.js';
import { SparseIndex } from '../index/sparse-index.js';

/** What is remembered of a file of checkpoints: where some of them stand, and which are not anchored yet. */
export class CheckpointCatalog {
  /** Behind the last whole line. */
  end = 0;
  latest: StoredCheckpoint | null = null;
  latestAnchored: StoredCheckpoint | null = null;
  private readonly index = new SparseIndex({ key: 0, offset: 0 });
  private readonly open = new Map<number, number>();

  /** The next line of the file. @param found null if it is no checkpoint */
  add(found: StoredCheckpoint | null, offset: number, end: number): void {
    this.end = end;
    if (!found || found.size <= (this.latest?.size ?? -1)) return;
    this.index.add(found.size, offset);
    this.latest = found;
    if (found.anchoredAt === null) this.open.set(found.size, offset);
    else this.latestAnchored = found;
  }

  anchored(found: StoredCheckpoint): void {
    this.open.delete(found.size);
    if (found.size === this.latest?.size) this.latest = found;
    if (found.size > (this.latestAnchored?.size ?? -1)) this.latestAnchored = found;
  }

  /** Sizes of those that are not anchored, smallest first. */
  unanchored(limit: number): number[] {
    return [...this.open.keys()].slice(0, limit);
  }

  /** Where the line of one that is not anchored begins. */
  offsetOf(size: number): number | undefined {
    return this.open.get(size);
  }

  /** A line in front of which all are smaller. */
  pointBefore(size: number): { readonly key: number; readonly offset: number } {
    return this.index.floor(size);
  }
}
