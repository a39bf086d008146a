import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { EMPTY_ROOT, leafHash, nodeHash, streamedLeafHash } from '../../../../lib/ledger/merkle/tree-hash.js';
import { REFERENCE_LEAF_HASHES, REFERENCE_LEAVES } from '../../verification/vectors/reference-tree.js';

const sha256 = (...parts: Uint8Array[]) => createHash('sha256').update(Buffer.concat(parts)).digest();

describe('tree hash', () => {
  it('has the published constants', () => {
    expect(EMPTY_ROOT.toString('hex')).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(leafHash('L123456').toString('hex')).toBe(
      '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56',
    );
    expect(leafHash('hello world').toString('base64')).toBe('TszzRgjTG6xce+z2AG31kAXYKBgQVtCSCE40HmuwBb0=');
    expect(nodeHash(Buffer.from('N123'), Buffer.from('N456')).toString('hex')).toBe(
      'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb',
    );
  });

  it('hashes the reference leaves', () => {
    expect(REFERENCE_LEAVES.map((leaf) => leafHash(leaf).toString('base64'))).toEqual(REFERENCE_LEAF_HASHES);
  });

  it('keeps leaves and nodes apart', () => {
    const [left, right] = REFERENCE_LEAVES.map((leaf) => leafHash(leaf));
    expect(nodeHash(left, right)).not.toEqual(leafHash(Buffer.concat([left, right])));
  });

  it('hashes text as its UTF-8 bytes, by both code paths, at every length', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        const expected = sha256(Uint8Array.of(0), Buffer.from(text));
        expect(leafHash(text)).toEqual(expected);
        expect(leafHash(Buffer.from(text))).toEqual(expected);
        expect(streamedLeafHash(text)).toEqual(expected);
        expect(streamedLeafHash(Buffer.from(text))).toEqual(expected);
      }),
    );
  });

  it.each([65_535, 65_536, 131_071, 131_072, 300_000])('hashes %i bytes, beyond its scratch memory too', (length) => {
    const bytes = Buffer.alloc(length, 'é');
    const expected = sha256(Uint8Array.of(0), bytes);
    expect(leafHash(bytes)).toEqual(expected);
    expect(leafHash(new Uint8Array(bytes))).toEqual(expected);
    expect(leafHash('€'.repeat(length))).toEqual(sha256(Uint8Array.of(0), Buffer.from('€'.repeat(length))));
  });

  it('hands out memory of its own: later calls do not change earlier hashes', () => {
    const leaf = leafHash('one');
    const node = nodeHash(leaf, leaf);
    const before = [leaf.toString('hex'), node.toString('hex')];
    leafHash('two');
    nodeHash(leafHash('three'), leafHash('four'));
    expect([leaf.toString('hex'), node.toString('hex')]).toEqual(before);
  });

  it('refuses text that has no UTF-8 form', () => {
    expect(() => leafHash('a\ud800')).toThrow(TypeError);
    expect(() => streamedLeafHash('\udc00')).toThrow(TypeError);
  });
});
