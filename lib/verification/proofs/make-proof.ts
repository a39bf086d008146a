import { EMPTY_ROOT, nodeHash } from '../../ledger/merkle/tree-hash.js';
import type { NodeSource } from './node-source.js';

/** Leaves from `start` up to, not including, `end`. */
interface LeafRange {
  start: number;
  end: number;
}

/**
 * Makes the inclusion proof of a leaf (RFC 6962 §2.1.1): the hashes from the leaf's sibling up to the root's child.
 *
 * @param index position of the leaf, from 0
 * @param size number of leaves of the tree that the proof is for
 * @param nodes hashes of perfect subtrees of at least that size; O(log size) of them are asked for
 * @throws RangeError if the index is not below the size, or the size is not an integer below 2^53
 * @publicApi
 */
export async function inclusionProof(index: number, size: number, nodes: NodeSource): Promise<Buffer[]> {
  assertSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new RangeError(`There is no leaf ${index} in a tree of ${size} leaves. Ask for an index below the size.`);
  }
  return rangeRoots(descend({ start: 0, end: size }, { start: index, end: index + 1 }), nodes);
}

/**
 * Makes the consistency proof between two sizes of one log (RFC 6962 §2.1.2).
 *
 * @param size1 the older size; from 0 (the empty proof, which proves nothing) to `size2`
 * @param size2 the newer size
 * @param nodes hashes of perfect subtrees of at least `size2` leaves; O(log size2) of them are asked for
 * @throws RangeError if the sizes are out of order or not integers below 2^53
 * @publicApi
 */
export async function consistencyProof(size1: number, size2: number, nodes: NodeSource): Promise<Buffer[]> {
  assertSize(size1);
  assertSize(size2);
  if (size1 > size2) {
    throw new RangeError(`There is no proof from ${size1} to ${size2} leaves, a log never shrinks. Swap the sizes.`);
  }
  if (size1 === 0 || size1 === size2) return [];
  return rangeRoots(descend({ start: 0, end: size2 }, { start: 0, end: size1 }), nodes);
}

/**
 * Computes the root of the tree of the first `size` leaves.
 *
 * @throws RangeError if the size is not an integer below 2^53
 * @publicApi
 */
export async function treeRoot(size: number, nodes: NodeSource): Promise<Buffer> {
  assertSize(size);
  if (size === 0) return Buffer.from(EMPTY_ROOT);
  return (await rangeRoots([{ start: 0, end: size }], nodes))[0];
}

/**
 * The perfect subtrees that tile the first `size` leaves, largest first, as (level, index).
 *
 * @throws RangeError if the size is not an integer below 2^53
 */
export function perfectSubtrees(size: number): { level: number; index: number }[] {
  assertSize(size);
  return subtreesOf({ start: 0, end: size });
}

/**
 * Walks from the whole tree towards the target and notes the other half at every turn; last noted comes first.
 *
 * The target is one leaf (inclusion), or a prefix (consistency): then the walk follows the prefix's last leaf and stops
 * at the range that ends exactly there, which is noted too unless it is the whole prefix.
 */
function descend(tree: LeafRange, target: LeafRange): LeafRange[] {
  const noted: LeafRange[] = [];
  let { start, end } = tree;
  while (end !== target.end || start < target.start) {
    const middle = start + largestPowerOfTwoBelow(end - start);
    if (target.end <= middle) {
      noted.push({ start: middle, end });
      end = middle;
    } else {
      noted.push({ start, end: middle });
      start = middle;
    }
  }
  if (start !== target.start) noted.push({ start, end });
  return noted.reverse();
}

/** Fetches everything at once, so that a source on a network answers in one round. */
async function rangeRoots(ranges: LeafRange[], nodes: NodeSource): Promise<Buffer[]> {
  return Promise.all(
    ranges.map(async (range) => {
      const hashes = await Promise.all(subtreesOf(range).map(({ level, index }) => nodes.node(level, index)));
      return Buffer.from(hashes.reduceRight((right, left) => nodeHash(left, right)));
    }),
  );
}

function subtreesOf(range: LeafRange): { level: number; index: number }[] {
  const subtrees: { level: number; index: number }[] = [];
  for (let start = range.start; start < range.end;) {
    let level = 0;
    let leaves = 1;
    while (leaves * 2 <= range.end - start && start % (leaves * 2) === 0) {
      leaves *= 2;
      level++;
    }
    subtrees.push({ level, index: start / leaves });
    start += leaves;
  }
  return subtrees;
}

function largestPowerOfTwoBelow(count: number): number {
  let power = 1;
  while (power * 2 < count) power *= 2;
  return power;
}

function assertSize(size: number): void {
  if (!Number.isSafeInteger(size) || size < 0) {
    throw new RangeError(`The size of a tree is an integer from 0 to 2^53−1, got ${String(size)}.`);
  }
}
