import fc from 'fast-check';
import { EMPTY_ROOT, leafHash } from '../../../../lib/ledger/merkle/index.js';
import {
  InvalidProofError,
  MemoryNodeSource,
  consistencyProof,
  treeRoot,
  verifyConsistency,
} from '../../../../lib/verification/proofs/index.js';
import {
  NODE_0_3,
  NODE_2_3,
  NODE_4_5,
  NODE_4_7,
  NODE_6_7,
  REFERENCE_ROOTS,
  referenceLeafHash,
} from '../vectors/reference-tree.js';

const referenceNodes = new MemoryNodeSource(REFERENCE_ROOTS.map((_, index) => referenceLeafHash(index)));
const rootOf = (size: number) => REFERENCE_ROOTS[size - 1];
const MAX_UINT64 = 2n ** 64n - 1n;

describe('consistency proof', () => {
  it('is made as published: 1, 4 and 6 to 8', async () => {
    expect(await consistencyProof(1, 8, referenceNodes)).toEqual([referenceLeafHash(1), NODE_2_3, NODE_4_7]);
    expect(await consistencyProof(4, 8, referenceNodes)).toEqual([NODE_4_7]);
    expect(await consistencyProof(6, 8, referenceNodes)).toEqual([NODE_4_5, NODE_6_7, NODE_0_3]);
    expect(await consistencyProof(8, 8, referenceNodes)).toEqual([]);
    expect(await consistencyProof(0, 8, referenceNodes)).toEqual([]);
  });

  it('verifies between all sizes of the reference tree, with bigint and number', async () => {
    for (let size2 = 1; size2 <= 8; size2++) {
      for (let size1 = 1; size1 <= size2; size1++) {
        const proof = await consistencyProof(size1, size2, referenceNodes);
        const roots = { root1: rootOf(size1), root2: rootOf(size2), proof };
        expect(() => verifyConsistency({ size1: BigInt(size1), size2: BigInt(size2), ...roots })).not.toThrow();
        expect(() => verifyConsistency({ size1, size2, ...roots })).not.toThrow();
      }
    }
  });

  it('takes null for the empty proof between equal sizes, whatever the length of the roots', () => {
    const root = Buffer.from('placeholder!');
    expect(() => verifyConsistency({ size1: 1n, size2: 1n, root1: root, root2: root, proof: null })).not.toThrow();
  });

  type Input = Parameters<typeof verifyConsistency>[0];
  const good: Input = {
    size1: 6n,
    size2: 8n,
    root1: rootOf(6),
    root2: rootOf(8),
    proof: [NODE_4_5, NODE_6_7, NODE_0_3],
  };
  const power: Input = { size1: 4n, size2: 8n, root1: rootOf(4), root2: rootOf(8), proof: [NODE_4_7] };
  const hashes = good.proof as Buffer[];
  const empty = Buffer.alloc(0);

  it.each<[string, Input, string]>([
    [
      'size 0 to 0, although the roots are equal',
      { size1: 0n, size2: 0n, root1: EMPTY_ROOT, root2: EMPTY_ROOT, proof: [] },
      'empty_tree',
    ],
    ['size 0 to 8', { ...good, size1: 0n, root1: EMPTY_ROOT, proof: [] }, 'empty_tree'],
    ['sizes out of order', { ...good, size1: 9n }, 'sizes_out_of_order'],
    ['a negative size', { ...good, size1: -6n }, 'malformed_number'],
    ['a size beyond 64 bits', { ...good, size2: MAX_UINT64 + 1n }, 'malformed_number'],
    ['an unsafe number', { ...good, size2: 2 ** 60 }, 'malformed_number'],
    ['the older size − 1', { ...good, size1: 5n }, 'wrong_proof_length'],
    ['the older size + 1', { ...good, size1: 7n }, 'wrong_proof_length'],
    ['the older size XOR 2', { ...good, size1: 4n }, 'wrong_proof_length'],
    ['the double newer size', { ...good, size2: 16n }, 'wrong_proof_length'],
    ['the newer size / 2', { ...good, size2: 4n }, 'sizes_out_of_order'],
    ['the newer size − 1 and its root', { ...good, size2: 7n, root2: rootOf(7) }, 'root_mismatch'],
    ['the largest size', { ...good, size2: MAX_UINT64 }, 'wrong_proof_length'],
    ['no proof', { ...good, proof: [] }, 'wrong_proof_length'],
    ['a null proof', { ...good, proof: null }, 'wrong_proof_length'],
    ['a truncated proof', { ...good, proof: hashes.slice(0, 2) }, 'wrong_proof_length'],
    ['a trailing root', { ...good, proof: [...hashes, rootOf(8)] }, 'wrong_proof_length'],
    ['a preceding root', { ...good, proof: [rootOf(6), ...hashes] }, 'wrong_proof_length'],
    ['trailing garbage', { ...good, proof: [...hashes, empty] }, 'wrong_proof_length'],
    ['preceding garbage', { ...good, proof: [empty, ...hashes] }, 'wrong_proof_length'],
    ['swapped roots', { ...good, root1: good.root2, root2: good.root1 }, 'old_root_mismatch'],
    ['another older root', { ...good, root1: rootOf(5) }, 'old_root_mismatch'],
    ['another newer root', { ...good, root2: rootOf(7) }, 'root_mismatch'],
    ['an empty older root', { ...good, root1: empty }, 'wrong_hash_length'],
    ['an empty newer root', { ...good, root2: empty }, 'wrong_hash_length'],
    ['a short proof hash', { ...good, proof: [hashes[0].subarray(1), hashes[1], hashes[2]] }, 'wrong_hash_length'],
    ['an empty proof hash', { ...good, proof: [hashes[0], empty, hashes[2]] }, 'wrong_hash_length'],
    ['a null proof hash', { ...good, proof: [hashes[0], hashes[1], null as unknown as Buffer] }, 'wrong_hash_length'],
    ['a redundant older root at a power of two', { ...power, proof: [NODE_0_3, NODE_4_7] }, 'wrong_proof_length'],
    ['another older root at a power of two', { ...power, root1: rootOf(5) }, 'root_mismatch'],
    ['equal sizes and different roots', { ...good, size1: 8n, proof: [] }, 'root_mismatch'],
    ['equal sizes and a proof', { ...good, size1: 8n, root1: rootOf(8) }, 'wrong_proof_length'],
    [
      'equal sizes and empty roots',
      { size1: 1n, size2: 1n, root1: empty, root2: empty, proof: [] },
      'wrong_hash_length',
    ],
  ])('is refused with %s', (_, input, reason) => {
    expect(() => verifyConsistency(input)).toThrow(InvalidProofError);
    expect(() => verifyConsistency(input)).toThrow(expect.objectContaining({ name: 'InvalidProofError', reason }));
  });

  it('accepts the two proofs that the refusals above start from', () => {
    expect(() => verifyConsistency(good)).not.toThrow();
    expect(() => verifyConsistency(power)).not.toThrow();
  });

  it('refuses to be made for a log that shrinks or is not that long', async () => {
    await expect(consistencyProof(8, 6, referenceNodes)).rejects.toThrow(RangeError);
    await expect(consistencyProof(-1, 6, referenceNodes)).rejects.toThrow(RangeError);
    await expect(consistencyProof(1, 9, referenceNodes)).rejects.toThrow(RangeError);
    await expect(consistencyProof(1, 1.5, referenceNodes)).rejects.toThrow(RangeError);
  });

  const nodes = new MemoryNodeSource(Array.from({ length: 700 }, (_, index) => leafHash(`leaf ${index}`)));
  const forked = new MemoryNodeSource(Array.from({ length: 700 }, (_, index) => leafHash(`leaf ${index % 350}`)));
  const sizes = fc
    .integer({ min: 1, max: 700 })
    .chain((size2) => fc.record({ size2: fc.constant(size2), size1: fc.integer({ min: 1, max: size2 }) }));

  it('verifies between any sizes; no single changed bit and no other size verifies', async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(255), fc.integer({ min: 1, max: 700 }), async (pair, at, bit, other) => {
        const { size1, size2 } = pair;
        const proof = await consistencyProof(size1, size2, nodes);
        const input = { ...pair, proof, root1: await treeRoot(size1, nodes), root2: await treeRoot(size2, nodes) };
        verifyConsistency(input);

        const flip = (bytes: Buffer) => bytes.with(bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7)));
        expect(() => verifyConsistency({ ...input, root1: flip(input.root1) })).toThrow(InvalidProofError);
        expect(() => verifyConsistency({ ...input, root2: flip(input.root2) })).toThrow(InvalidProofError);
        if (proof.length > 0) {
          const place = at % proof.length;
          const changed = proof.map((hash, index) => (index === place ? flip(hash) : hash));
          expect(() => verifyConsistency({ ...input, proof: changed })).toThrow(InvalidProofError);
        }
        const otherRoot = await treeRoot(other, nodes);
        if (other !== size1) {
          expect(() => verifyConsistency({ ...input, size1: other, root1: otherRoot })).toThrow(InvalidProofError);
        }
        if (other !== size2) {
          expect(() => verifyConsistency({ ...input, size2: other, root2: otherRoot })).toThrow(InvalidProofError);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('never joins two histories that differ before the older size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 351, max: 700 }), fc.integer({ min: 351, max: 700 }), async (one, two) => {
        const [size1, size2] = [Math.min(one, two), Math.max(one, two)];
        const roots = { root1: await treeRoot(size1, nodes), root2: await treeRoot(size2, forked) };
        for (const source of [nodes, forked]) {
          const proof = await consistencyProof(size1, size2, source);
          expect(() => verifyConsistency({ size1, size2, ...roots, proof })).toThrow(InvalidProofError);
        }
      }),
      { numRuns: 60 },
    );
  });
});
