/** Where the line with a key begins. */
export interface IndexPoint {
  readonly key: number;
  readonly offset: number;
}

const FIRST_STRIDE = 64 * 1024;
const MAX_POINTS = 4096;

/**
 * Remembers for some lines of a file where they begin; keys and offsets both ascend. Points lie at least a stride apart,
 * and the stride doubles when there are too many of them, so a file of any size takes the same memory.
 */
export class SparseIndex {
  private readonly keys: number[];
  private readonly offsets: number[];
  private bytesApart = FIRST_STRIDE;

  /** @param first the first line, which is always a point */
  constructor(first: IndexPoint) {
    this.keys = [first.key];
    this.offsets = [first.offset];
  }

  add(key: number, offset: number): void {
    const at = this.above(key);
    if (offset - this.offsets[at - 1] < this.bytesApart) return;
    if (at < this.keys.length && this.offsets[at] - offset < this.bytesApart) return;
    this.keys.splice(at, 0, key);
    this.offsets.splice(at, 0, offset);
    if (this.keys.length > MAX_POINTS) this.thinOut();
  }

  /** The last point whose key is not above `key`; the first one if all are. */
  floor(key: number): IndexPoint {
    return this.point(Math.max(0, this.above(key) - 1));
  }

  private point(at: number): IndexPoint {
    return { key: this.keys[at], offset: this.offsets[at] };
  }

  /** Position of the first key above `key`. */
  private above(key: number): number {
    let low = 0;
    let high = this.keys.length;
    // Lines are mostly added at the end.
    if (this.keys[high - 1] <= key) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.keys[middle] <= key) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private thinOut(): void {
    this.bytesApart *= 2;
    let kept = 0;
    for (let i = 1; i < this.keys.length; i++) {
      if (this.offsets[i] - this.offsets[kept] < this.bytesApart) continue;
      kept++;
      this.keys[kept] = this.keys[i];
      this.offsets[kept] = this.offsets[i];
    }
    this.keys.length = kept + 1;
    this.offsets.length = kept + 1;
  }
}
