import fc from 'fast-check';
import {
  CompactRange,
  CompactRangeError,
  EMPTY_ROOT,
  leafHash,
  nodeHash,
} from '../../../../lib/ledger/merkle/index.js';
import {
  NODE_0_3,
  NODE_4_5,
  REFERENCE_LEAVES,
  REFERENCE_ROOTS,
  referenceLeafHash,
} from '../../verification/vectors/reference-tree.js';

/** The definition of RFC 6962 §2.1, as it stands there. */
function recursiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return leaves[0];
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(recursiveRoot(leaves.slice(0, split)), recursiveRoot(leaves.slice(split)));
}

const leaves = (count: number) => Array.from({ length: count }, (_, index) => leafHash(`leaf ${index}`));

function rangeOf(count: number): CompactRange {
  const range = new CompactRange();
  for (const leaf of leaves(count)) range.append(leaf);
  return range;
}

describe('CompactRange', () => {
  it('has the empty root at first', () => {
    const range = new CompactRange();
    expect(range.size).toBe(0);
    expect(range.root()).toEqual(EMPTY_ROOT);
    range.root().fill(0);
    expect(range.root().toString('hex')).toMatch(/^e3b0c442/);
  });

  it('has the root of the reference tree at every size', () => {
    const range = new CompactRange();
    REFERENCE_LEAVES.forEach((leaf, index) => {
      range.append(leafHash(leaf));
      expect(range.size).toBe(index + 1);
      expect(range.root()).toEqual(REFERENCE_ROOTS[index]);
    });
  });

  it('holds the perfect subtrees of size 7, largest first', () => {
    const range = new CompactRange();
    for (const leaf of REFERENCE_LEAVES.slice(0, 7)) range.append(leafHash(leaf));
    expect(range.hashes).toEqual([NODE_0_3, NODE_4_5, referenceLeafHash(6)]);
  });

  it('agrees with the recursive definition at every size up to 300', () => {
    const all = leaves(300);
    const range = new CompactRange();
    all.forEach((leaf, index) => {
      range.append(leaf);
      expect(range.root()).toEqual(recursiveRoot(all.slice(0, index + 1)));
    });
  });

  it('goes on from its stored form as if it had never stopped', () => {
    fc.assert(
      fc.property(fc.nat(200), fc.nat(100), (before, after) => {
        const range = rangeOf(before);
        const restored = CompactRange.fromHex(range.size, range.toHex());
        const added = Array.from({ length: after }, (_, index) => leafHash(`more ${index}`));
        for (const leaf of added) {
          range.append(leaf);
          restored.append(leaf);
        }
        expect(restored.toHex()).toEqual(range.toHex());
        expect(restored.root()).toEqual(range.root());
      }),
    );
  });

  it('is copied, not shared, by clone', () => {
    const range = rangeOf(5);
    const copy = range.clone();
    copy.append(leafHash('other'));
    expect(range.size).toBe(5);
    expect(range.toHex()).toEqual(rangeOf(5).toHex());
    expect(copy.size).toBe(6);
  });

  it('appends whole subtrees as if their leaves had come one by one', () => {
    const all = leaves(256 + 256 + 4 + 1);
    const expected = new CompactRange();
    for (const leaf of all) expected.append(leaf);
    const range = new CompactRange();
    range.appendSubtree(8, recursiveRoot(all.slice(0, 256)));
    range.appendSubtree(8, recursiveRoot(all.slice(256, 512)));
    range.appendSubtree(2, recursiveRoot(all.slice(512, 516)));
    range.append(all[516]);
    expect(range.toHex()).toEqual(expected.toHex());
  });

  it.each([2 ** 31, 2 ** 31 + 5, 2 ** 32 - 1, 2 ** 40 + 1, 2 ** 52 + 2 ** 31 - 1])(
    'does not truncate the size %d to 32 bits',
    (size) => {
      const ones = [...BigInt(size).toString(2)].filter((digit) => digit === '1').length;
      const hashes = Array.from({ length: ones }, (_, index) => leafHash(`subtree ${index}`).toString('hex'));
      const range = CompactRange.fromHex(size, hashes);
      range.append(leafHash('next'));
      expect(range.size).toBe(size + 1);
      const after = [...BigInt(size + 1).toString(2)].filter((digit) => digit === '1').length;
      expect(range.hashes).toHaveLength(after);
      const merged = size % 2 === 0 ? ones : after - 1;
      expect(range.toHex().slice(0, merged)).toEqual(hashes.slice(0, merged));
    },
  );

  it('refuses to grow beyond 2^53−1 leaves', () => {
    const size = 2 ** 53 - 1;
    const range = CompactRange.fromHex(
      size,
      Array.from({ length: 53 }, () => 'ab'.repeat(32)),
    );
    expect(() => range.append(leafHash('one too many'))).toThrow(CompactRangeError);
    expect(range.size).toBe(size);
    expect(range.hashes).toHaveLength(53);
  });

  it('refuses hashes that are not 32 bytes, and subtrees out of place', () => {
    const range = rangeOf(3);
    expect(() => range.append(Buffer.alloc(0))).toThrow(CompactRangeError);
    expect(() => range.append(Buffer.alloc(31))).toThrow(CompactRangeError);
    expect(() => range.appendSubtree(1, Buffer.alloc(32))).toThrow(CompactRangeError);
    expect(range.toHex()).toEqual(rangeOf(3).toHex());
  });

  const hash = 'ab'.repeat(32);
  it.each<[string, number, string[]]>([
    ['too few hashes', 3, [hash]],
    ['too many hashes', 4, [hash, hash]],
    ['a hash for an empty tree', 0, [hash]],
    ['a negative size', -1, []],
    ['a fraction', 1.5, [hash]],
    ['an unsafe size', 2 ** 53, [hash]],
    ['NaN', NaN, []],
    ['an upper-case hash', 1, [hash.toUpperCase()]],
    ['a short hash', 1, [hash.slice(2)]],
    ['a hash with a line feed', 1, [`${hash}\n`]],
  ])('refuses a stored form with %s', (_, size, hashes) => {
    expect(() => CompactRange.fromHex(size, hashes)).toThrow(CompactRangeError);
  });
});
