import { CompactRange } from '../../ledger/merkle/index.js';

/** Height of the perfect subtrees whose roots are kept: 4,096 records each, 250 roots for a million. */
export const UNIT_LEVEL = 12;
/** Records of one unit. */
export const UNIT_SIZE = 2 ** UNIT_LEVEL;

/**
 * The Merkle tree of a log, kept in units of {@link UNIT_SIZE} records, so that any part of it can be read again later
 * and compared, and the root of any earlier size is at most one unit of records away.
 */
export class LogTree {
  /** Roots of the complete units. */
  private readonly roots: Buffer[] = [];
  /** The tree over the complete units. */
  private readonly whole = new CompactRange();
  /** What follows the last complete unit. */
  private rest = new CompactRange();

  get size(): number {
    return this.whole.size + this.rest.size;
  }

  /** Roots of the complete units, first to last. */
  get units(): readonly Buffer[] {
    return this.roots;
  }

  append(leafHash: Buffer): void {
    this.rest.append(leafHash);
    if (this.rest.size < UNIT_SIZE) return;
    this.appendUnit(this.rest.root());
    this.rest = new CompactRange();
  }

  /** The subtrees behind the last complete unit. */
  get tail(): CompactRange {
    return this.rest;
  }

  /** An independent compact range of the present size. */
  range(): CompactRange {
    return join(this.whole, this.rest);
  }

  root(): string {
    return this.range().root().toString('hex');
  }

  /**
   * @param units roots of the complete units
   * @param tail subtree roots behind the last of them, largest first
   * @throws CompactRangeError if that is not how a tree of that size looks
   */
  static restore(size: number, units: readonly Buffer[], tail: readonly Buffer[]): LogTree {
    const tree = new LogTree();
    for (const root of units) tree.appendUnit(root);
    tree.rest = CompactRange.fromHashes(size - tree.whole.size, tail);
    return tree;
  }

  private appendUnit(root: Buffer): void {
    // Small buffers share memory with their neighbours; one that is kept would keep all of these.
    this.roots.push(Buffer.alloc(root.length, root));
    this.whole.appendSubtree(UNIT_LEVEL, root);
  }
}

/**
 * The tree of everything in `left` followed by everything in `right`.
 *
 * @param left its size is a multiple of the smallest power of two from the size of `right` on
 * @param right fewer than 2^31 leaves
 */
export function join(left: CompactRange, right: CompactRange): CompactRange {
  const joined = left.clone();
  let rest = right.size;
  for (const hash of right.hashes) {
    const level = 31 - Math.clz32(rest);
    joined.appendSubtree(level, hash);
    rest -= 2 ** level;
  }
  return joined;
}
