import { CompactRangeError } from './compact-range.error.js';
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from './tree-hash.js';

const HEX_HASH = /^[0-9a-f]{64}$/;

/**
 * All the state that is needed to append to a Merkle tree and to know its root: the roots of the perfect subtrees that
 * tile [0, size), one for each 1 bit of the size, largest first.
 *
 * Sizes are ordinary numbers below 2^53; no bitwise operator touches them, since those truncate to 32 bits.
 */
export class CompactRange {
  #size: number;
  readonly #hashes: Buffer[];

  /** Creates the range of an empty tree. */
  constructor() {
    this.#size = 0;
    this.#hashes = [];
  }

  /** Number of leaves so far. */
  get size(): number {
    return this.#size;
  }

  /** Roots of the perfect subtrees, largest (leftmost) first. */
  get hashes(): readonly Buffer[] {
    return this.#hashes;
  }

  /**
   * Adds one leaf.
   *
   * @param leafHash the leaf's hash (32 bytes), kept by reference: do not write into it afterwards
   * @throws CompactRangeError if it is not 32 bytes, or the tree is full (2^53−1 leaves)
   */
  append(leafHash: Uint8Array): void {
    this.appendSubtree(0, leafHash);
  }

  /**
   * Adds a whole perfect subtree of 2^level leaves, as read from a tile or computed by a worker.
   *
   * @throws CompactRangeError if the present size is not a multiple of 2^level, or the hash is not 32 bytes
   */
  appendSubtree(level: number, root: Uint8Array): void {
    const leaves = 2 ** level;
    if (root.length !== HASH_BYTES) {
      throw new CompactRangeError(`A hash in the Merkle tree has ${HASH_BYTES} bytes, got ${root.length}.`);
    }
    if (!Number.isSafeInteger(this.#size + leaves) || this.#size % leaves !== 0) {
      throw new CompactRangeError(
        `A subtree of 2^${level} leaves cannot follow leaf ${this.#size}: it must start at a multiple of its own size, ` +
          'and a tree holds at most 2^53−1 leaves. Append smaller subtrees.',
      );
    }
    let hash = Buffer.isBuffer(root) ? root : Buffer.from(root);
    for (let rest = this.#size / leaves; rest % 2 === 1; rest = Math.floor(rest / 2)) {
      hash = nodeHash(this.#hashes.pop() as Buffer, hash);
    }
    this.#hashes.push(hash);
    this.#size += leaves;
  }

  /** Root of the tree of the present size (32 bytes); the empty tree's root is {@link EMPTY_ROOT}. */
  root(): Buffer {
    if (this.#size === 0) return Buffer.from(EMPTY_ROOT);
    return this.#hashes.reduceRight((right, left) => nodeHash(left, right));
  }

  /** An independent copy. */
  clone(): CompactRange {
    return CompactRange.fromHashes(this.#size, this.#hashes);
  }

  /** The subtree roots as lowercase hex, largest first; with the size this is the whole state. */
  toHex(): string[] {
    return this.#hashes.map((hash) => hash.toString('hex'));
  }

  /**
   * Restores a range from its subtree roots.
   *
   * @throws CompactRangeError if the number of hashes is not the number of 1 bits of the size, or a hash is malformed
   */
  static fromHashes(size: number, hashes: readonly Uint8Array[]): CompactRange {
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new CompactRangeError(`The size of a tree is an integer from 0 to 2^53−1, got ${String(size)}.`);
    }
    const expected = countOneBits(size);
    if (hashes.length !== expected) {
      throw new CompactRangeError(
        `A compact range of ${size} leaves has ${expected} hashes, got ${hashes.length}. The stored state is damaged.`,
      );
    }
    const range = new CompactRange();
    for (const hash of hashes) {
      if (hash.length !== HASH_BYTES) {
        throw new CompactRangeError(`A hash in the Merkle tree has ${HASH_BYTES} bytes, got ${hash.length}.`);
      }
      range.#hashes.push(Buffer.isBuffer(hash) ? hash : Buffer.from(hash));
    }
    range.#size = size;
    return range;
  }

  /**
   * Restores a range from {@link toHex}.
   *
   * @throws CompactRangeError as {@link fromHashes}, and for anything but 64 lowercase hex digits
   */
  static fromHex(size: number, hashes: readonly string[]): CompactRange {
    for (const hash of hashes) {
      if (!HEX_HASH.test(hash)) {
        throw new CompactRangeError(
          `A hash of a compact range is 64 lowercase hex digits, got ${JSON.stringify(hash)}.`,
        );
      }
    }
    return CompactRange.fromHashes(
      size,
      hashes.map((hash) => Buffer.from(hash, 'hex')),
    );
  }
}

function countOneBits(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
