import fc from 'fast-check';
import { leafHash } from '../../../../lib/ledger/merkle/index.js';
import {
  InvalidProofError,
  MemoryNodeSource,
  inclusionProof,
  rootFromInclusionProof,
  treeRoot,
  verifyInclusion,
} from '../../../../lib/verification/proofs/index.js';
import { NODE_0_3, NODE_4_5, NODE_6_7, REFERENCE_ROOTS, referenceLeafHash } from '../vectors/reference-tree.js';

const referenceNodes = new MemoryNodeSource(REFERENCE_ROOTS.map((_, index) => referenceLeafHash(index)));
const MAX_UINT64 = 2n ** 64n - 1n;

function flipBit(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[Math.floor(bit / 8) % copy.length] ^= 1 << (bit % 8);
  return copy;
}

describe('inclusion proof', () => {
  it('is made as published: 5 in 8, and 6 in 7', async () => {
    expect(await inclusionProof(5, 8, referenceNodes)).toEqual([referenceLeafHash(4), NODE_6_7, NODE_0_3]);
    expect(await inclusionProof(6, 7, referenceNodes)).toEqual([NODE_4_5, NODE_0_3]);
    expect(await inclusionProof(0, 1, referenceNodes)).toEqual([]);
  });

  it('verifies for every leaf of every size of the reference tree, with bigint and number', async () => {
    for (let size = 1; size <= 8; size++) {
      for (let index = 0; index < size; index++) {
        const proof = await inclusionProof(index, size, referenceNodes);
        const leaf = referenceLeafHash(index);
        const root = REFERENCE_ROOTS[size - 1];
        expect(rootFromInclusionProof({ index: BigInt(index), size: BigInt(size), leafHash: leaf, proof })).toEqual(
          root,
        );
        expect(() => verifyInclusion({ index, size, leafHash: leaf, proof, root })).not.toThrow();
      }
    }
  });

  it('takes null for the empty proof of a tree of one leaf', () => {
    const leaf = referenceLeafHash(0);
    expect(rootFromInclusionProof({ index: 0n, size: 1n, leafHash: leaf, proof: null })).toEqual(leaf);
  });

  const good = {
    index: 5n,
    size: 8n,
    leafHash: referenceLeafHash(5),
    proof: [referenceLeafHash(4), NODE_6_7, NODE_0_3],
  };
  const root = REFERENCE_ROOTS[7];

  it.each<[string, Partial<Parameters<typeof verifyInclusion>[0]>, string]>([
    ['an index equal to the size', { index: 8n }, 'index_out_of_range'],
    ['an index beyond the size', { index: 9n }, 'index_out_of_range'],
    ['the empty tree', { index: 0n, size: 0n, proof: [] }, 'index_out_of_range'],
    ['a negative index', { index: -1n }, 'malformed_number'],
    ['a size beyond 64 bits', { size: MAX_UINT64 + 1n }, 'malformed_number'],
    ['an unsafe number', { size: 2 ** 53 }, 'malformed_number'],
    ['a fraction', { index: 0.5 }, 'malformed_number'],
    ['a size as text', { size: '8' as unknown as bigint }, 'malformed_number'],
    ['the index − 1', { index: 4n }, 'root_mismatch'],
    ['the index + 1', { index: 6n }, 'root_mismatch'],
    ['the index XOR 2', { index: 7n }, 'root_mismatch'],
    ['the double size', { size: 16n }, 'wrong_proof_length'],
    ['half the size', { index: 3n, size: 4n }, 'wrong_proof_length'],
    ['the largest size', { size: MAX_UINT64 }, 'wrong_proof_length'],
    ['no proof', { proof: [] }, 'wrong_proof_length'],
    ['a null proof', { proof: null }, 'wrong_proof_length'],
    ['a truncated proof', { proof: good.proof.slice(0, 2) }, 'wrong_proof_length'],
    ['a proof without its first hash', { proof: good.proof.slice(1) }, 'wrong_proof_length'],
    ['a trailing hash', { proof: [...good.proof, root] }, 'wrong_proof_length'],
    ['a preceding hash', { proof: [good.leafHash, ...good.proof] }, 'wrong_proof_length'],
    ['trailing garbage', { proof: [...good.proof, Buffer.alloc(0)] }, 'wrong_proof_length'],
    ['swapped hashes', { proof: [good.proof[1], good.proof[0], good.proof[2]] }, 'root_mismatch'],
    ['an empty hash in the proof', { proof: [good.proof[0], Buffer.alloc(0), good.proof[2]] }, 'wrong_hash_length'],
    ['a long hash in the proof', { proof: [good.proof[0], good.proof[1], Buffer.alloc(33)] }, 'wrong_hash_length'],
    ['a null in the proof', { proof: [null as unknown as Buffer, NODE_6_7, NODE_0_3] }, 'wrong_hash_length'],
    ['another leaf', { leafHash: referenceLeafHash(4) }, 'root_mismatch'],
    ['an empty leaf hash', { leafHash: Buffer.alloc(0) }, 'wrong_hash_length'],
    ['no leaf hash', { leafHash: undefined as unknown as Buffer }, 'wrong_hash_length'],
    ['another root', { root: REFERENCE_ROOTS[6] }, 'root_mismatch'],
    ['the leaf as root', { root: good.leafHash }, 'root_mismatch'],
    ['an empty root', { root: Buffer.alloc(0) }, 'wrong_hash_length'],
    ['a short root', { root: root.subarray(1) }, 'wrong_hash_length'],
  ])('is refused with %s', (_, change, reason) => {
    expect(() => verifyInclusion({ ...good, root })).not.toThrow();
    expect(() => verifyInclusion({ ...good, root, ...change })).toThrow(InvalidProofError);
    expect(() => verifyInclusion({ ...good, root, ...change })).toThrow(
      expect.objectContaining({ name: 'InvalidProofError', reason }),
    );
  });

  it('is refused when an empty leaf hash "equals" an empty root', () => {
    const empty = Buffer.alloc(0);
    expect(() => verifyInclusion({ index: 0n, size: 1n, leafHash: empty, proof: [], root: empty })).toThrow(
      expect.objectContaining({ reason: 'wrong_hash_length' }),
    );
  });

  it('counts levels with 64-bit sizes', () => {
    const proof = Array.from({ length: 64 }, () => referenceLeafHash(0));
    const input = { index: 0n, size: MAX_UINT64, leafHash: referenceLeafHash(0) };
    expect(rootFromInclusionProof({ ...input, proof })).toHaveLength(32);
    expect(() => rootFromInclusionProof({ ...input, proof: proof.slice(1) })).toThrow(InvalidProofError);
    const last = { index: MAX_UINT64 - 1n, size: MAX_UINT64, leafHash: referenceLeafHash(0) };
    expect(rootFromInclusionProof({ ...last, proof: proof.slice(0, 63) })).toHaveLength(32);
  });

  it('refuses to be made for a leaf that is not there', async () => {
    await expect(inclusionProof(8, 8, referenceNodes)).rejects.toThrow(RangeError);
    await expect(inclusionProof(-1, 8, referenceNodes)).rejects.toThrow(RangeError);
    await expect(inclusionProof(0, 0, referenceNodes)).rejects.toThrow(RangeError);
    await expect(inclusionProof(0, 2 ** 53, referenceNodes)).rejects.toThrow(RangeError);
    await expect(inclusionProof(0, 9, referenceNodes)).rejects.toThrow(RangeError);
  });

  const nodes = new MemoryNodeSource(Array.from({ length: 700 }, (_, index) => leafHash(`leaf ${index}`)));
  const place = fc
    .integer({ min: 1, max: 700 })
    .chain((size) => fc.record({ size: fc.constant(size), index: fc.integer({ min: 0, max: size - 1 }) }));

  it('verifies in any tree; no single changed bit and no other place or size verifies', async () => {
    await fc.assert(
      fc.asyncProperty(
        place,
        fc.nat(),
        fc.nat(),
        fc.integer({ min: 1, max: 700 }),
        async ({ size, index }, at, bit, other) => {
          const proof = await inclusionProof(index, size, nodes);
          const input = { index, size, leafHash: leafHash(`leaf ${index}`), proof, root: await treeRoot(size, nodes) };
          verifyInclusion(input);

          expect(() => verifyInclusion({ ...input, leafHash: flipBit(input.leafHash, bit) })).toThrow(
            InvalidProofError,
          );
          expect(() => verifyInclusion({ ...input, root: flipBit(input.root, bit) })).toThrow(InvalidProofError);
          if (proof.length > 0) {
            const changed = proof.with(at % proof.length, flipBit(proof[at % proof.length], bit));
            expect(() => verifyInclusion({ ...input, proof: changed })).toThrow(InvalidProofError);
          }
          const otherIndex = at % size;
          if (otherIndex !== index)
            expect(() => verifyInclusion({ ...input, index: otherIndex })).toThrow(InvalidProofError);
          if (other !== size) {
            const otherRoot = await treeRoot(other, nodes);
            expect(() => verifyInclusion({ ...input, size: other, root: otherRoot })).toThrow(InvalidProofError);
          }
        },
      ),
      { numRuns: 150 },
    );
  });
});
