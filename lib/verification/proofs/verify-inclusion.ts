import { nodeHash } from '../../ledger/merkle/tree-hash.js';
import { equalBytes } from '../encoding/strict-encoding.js';
import { InvalidProofError } from './invalid-proof.error.js';
import { assertHash, bitLength, countOneBits, toTreeNumber } from './proof-inputs.js';
import type { ProofHashes, TreeNumber } from './proof-inputs.js';

/** What an inclusion proof is about. */
export interface InclusionProofInput {
  /** Position of the leaf, from 0. */
  index: TreeNumber;
  /** Number of leaves of the tree. */
  size: TreeNumber;
  /** Merkle leaf hash of the record (32 bytes). */
  leafHash: Uint8Array;
  /** Hashes of the proof, the leaf's sibling first. */
  proof: ProofHashes;
}

/**
 * Computes the root that an inclusion proof leads to (RFC 9162 §2.1.3.2).
 *
 * The proof holds only if this equals a root that is trusted for another reason, such as a signed checkpoint.
 *
 * @throws InvalidProofError if the index is not below the size, or the proof has the wrong shape
 * @publicApi
 */
export function rootFromInclusionProof(input: InclusionProofInput): Buffer {
  const index = toTreeNumber(input.index, 'leaf index');
  const size = toTreeNumber(input.size, 'tree size');
  if (index >= size) {
    throw new InvalidProofError(
      'index_out_of_range',
      `Leaf ${index} is not in a tree of ${size} leaves. The proof belongs to another checkpoint.`,
    );
  }
  assertHash(input.leafHash, 'leaf hash');
  const proof = input.proof ?? [];
  const inner = bitLength(index ^ (size - 1n));
  const border = countOneBits(index >> BigInt(inner));
  if (proof.length !== inner + border) {
    throw new InvalidProofError(
      'wrong_proof_length',
      `A proof for leaf ${index} of ${size} has ${inner + border} hashes, got ${proof.length}. ` +
        'The proof is damaged or belongs to another tree size.',
    );
  }
  let root: Buffer = Buffer.from(input.leafHash);
  proof.forEach((sibling, level) => {
    assertHash(sibling, `proof hash ${level}`);
    const isLeft = level < inner && ((index >> BigInt(level)) & 1n) === 0n;
    root = isLeft ? nodeHash(root, sibling) : nodeHash(sibling, root);
  });
  return root;
}

/**
 * Verifies that a leaf stands at a position of a tree with the given root. Size and root must come from one signed
 * checkpoint: some neighbouring sizes have proofs of one shape, so a proof does not tell them apart.
 *
 * @throws InvalidProofError if it is not proven
 * @publicApi
 */
export function verifyInclusion(input: InclusionProofInput & { root: Uint8Array }): void {
  assertHash(input.root, 'root');
  const found = rootFromInclusionProof(input);
  if (!equalBytes(found, input.root)) {
    throw new InvalidProofError(
      'root_mismatch',
      `The proof for leaf ${input.index} of ${input.size} leads to the root ${found.toString('hex')}, expected ` +
        `${Buffer.from(input.root).toString('hex')}. The record, its index or the proof was changed.`,
    );
  }
}
