import { nodeHash } from '../../ledger/merkle/tree-hash.js';
import { equalBytes } from '../encoding/strict-encoding.js';
import { InvalidProofError } from './invalid-proof.error.js';
import { assertHash, bitLength, countOneBits, toTreeNumber } from './proof-inputs.js';
import type { ProofHashes, TreeNumber } from './proof-inputs.js';

/** What a consistency proof is about. */
export interface ConsistencyProofInput {
  /** Number of leaves of the older tree; at least 1. */
  size1: TreeNumber;
  /** Number of leaves of the newer tree. */
  size2: TreeNumber;
  /** Root of the older tree. */
  root1: Uint8Array;
  /** Root of the newer tree. */
  root2: Uint8Array;
  /** Hashes of the proof; empty or `null` for equal sizes. */
  proof: ProofHashes;
}

/**
 * Verifies that the newer tree starts with all leaves of the older one (RFC 9162 §2.1.4.2).
 *
 * Each size must come from the same signed checkpoint as its root: some neighbouring sizes have proofs of one shape, so a
 * proof does not tell them apart.
 *
 * An older size of 0 is an error even between two empty trees: it would prove nothing. Whoever meets a log for the first
 * time has no earlier root to compare with and must treat that case separately.
 *
 * @throws InvalidProofError if it is not proven
 * @publicApi
 */
export function verifyConsistency(input: ConsistencyProofInput): void {
  const size1 = toTreeNumber(input.size1, 'older tree size');
  const size2 = toTreeNumber(input.size2, 'newer tree size');
  const proof = input.proof ?? [];
  if (size1 === 0n) {
    throw new InvalidProofError(
      'empty_tree',
      'Every tree is consistent with the empty tree, so a proof from size 0 proves nothing. ' +
        'Treat the first contact with a log separately.',
    );
  }
  if (size1 > size2) {
    throw new InvalidProofError(
      'sizes_out_of_order',
      `The older tree has ${size1} leaves and the newer one ${size2}. A log never shrinks; check the order.`,
    );
  }
  if (size1 === size2) return verifyEqualTrees(input, proof);
  verifyGrowth(size1, size2, input, proof);
}

/** No length check here: the public test vectors hold placeholder roots for this case; checkpoints are parsed strictly. */
function verifyEqualTrees(input: ConsistencyProofInput, proof: readonly Uint8Array[]): void {
  if (proof.length !== 0) {
    throw new InvalidProofError(
      'wrong_proof_length',
      `A proof between equal sizes has no hashes, got ${proof.length}. The proof belongs to other sizes.`,
    );
  }
  for (const root of [input.root1, input.root2]) {
    if (!ArrayBuffer.isView(root) || root.byteLength === 0) assertHash(root, 'root');
  }
  if (!equalBytes(input.root1, input.root2)) throw rootMismatch('root_mismatch', input.root2, input.root1);
}

function verifyGrowth(size1: bigint, size2: bigint, input: ConsistencyProofInput, proof: readonly Uint8Array[]): void {
  assertHash(input.root1, 'older root');
  assertHash(input.root2, 'newer root');
  const shift = trailingZeroBits(size1);
  const last = size1 - 1n;
  const inner = bitLength(last ^ (size2 - 1n));
  const border = countOneBits(last >> BigInt(inner));
  const startsAtOldRoot = size1 === 1n << BigInt(shift);
  const expected = inner - shift + border + (startsAtOldRoot ? 0 : 1);
  if (proof.length !== expected) {
    throw new InvalidProofError(
      'wrong_proof_length',
      `A proof from ${size1} to ${size2} leaves has ${expected} hashes, got ${proof.length}. ` +
        'The proof is damaged or belongs to other sizes.',
    );
  }
  proof.forEach((hash, position) => assertHash(hash, `proof hash ${position}`));
  const [seed, ...path] = startsAtOldRoot ? [input.root1, ...proof] : proof;
  let older: Buffer = Buffer.from(seed);
  let newer = older;
  path.forEach((sibling, position) => {
    const isRightOfOld = position < inner - shift && ((last >> BigInt(shift + position)) & 1n) === 0n;
    if (!isRightOfOld) older = nodeHash(sibling, older);
    newer = isRightOfOld ? nodeHash(newer, sibling) : nodeHash(sibling, newer);
  });
  if (!equalBytes(older, input.root1)) throw rootMismatch('old_root_mismatch', older, input.root1);
  if (!equalBytes(newer, input.root2)) throw rootMismatch('root_mismatch', newer, input.root2);
}

function trailingZeroBits(value: bigint): number {
  const digits = value.toString(2);
  return digits.length - 1 - digits.lastIndexOf('1');
}

function rootMismatch(
  reason: 'root_mismatch' | 'old_root_mismatch',
  found: Uint8Array,
  expected: Uint8Array,
): InvalidProofError {
  return new InvalidProofError(
    reason,
    `The ${reason === 'root_mismatch' ? 'newer' : 'older'} root does not follow from the proof: found ` +
      `${Buffer.from(found).toString('hex')}, expected ${Buffer.from(expected).toString('hex')}. ` +
      'One tree is not a continuation of the other, or the proof is damaged.',
  );
}
