import { CompactRange, leafHash } from '../../../../lib/ledger/merkle/index.js';
import {
  consistencyProof,
  inclusionProof,
  treeRoot,
  verifyConsistency,
  verifyInclusion,
} from '../../../../lib/verification/proofs/index.js';
import { TileCascade, TileError, TileNodeSource } from '../../../../lib/verification/tiles/index.js';
import type { FinishedTile, TileReader } from '../../../../lib/verification/tiles/index.js';

const HASH = 32;

/** Tiles of a tree as it grew to some sizes; counts every read. */
class TilesInMemory implements TileReader {
  readonly reads: string[] = [];
  readonly #tiles = new Map<string, Buffer>();

  put({ level, index, hashes }: FinishedTile): void {
    this.#tiles.set(`${level}/${index}/${hashes.length / HASH}`, hashes);
  }

  remove(path: string): void {
    this.#tiles.delete(path);
  }

  async readTile(level: number, index: number, width: number): Promise<Buffer> {
    const path = `${level}/${index}/${width}`;
    this.reads.push(path);
    const tile = this.#tiles.get(path);
    if (tile === undefined) throw new TileError('not_found', `no ${path}`);
    return tile;
  }
}

function grow(size: number): { tiles: TilesInMemory; root: Buffer } {
  const tiles = new TilesInMemory();
  const cascade = new TileCascade();
  for (let index = 0; index < size; index++) {
    for (const tile of cascade.append(leafHash(`leaf ${index}`))) tiles.put(tile);
  }
  for (const tile of cascade.partialTiles()) tiles.put(tile);
  return { tiles, root: cascade.root() };
}

describe('TileCascade', () => {
  it.each([0, 1, 255, 256, 257, 511, 512, 70_000])(
    'has the root of %i leaves, also from its tiles alone',
    async (size) => {
      const range = new CompactRange();
      for (let index = 0; index < size; index++) range.append(leafHash(`leaf ${index}`));
      const { tiles, root } = grow(size);
      expect(root).toEqual(range.root());
      expect(await treeRoot(size, new TileNodeSource(tiles, size))).toEqual(root);
    },
  );
});

describe('TileNodeSource', () => {
  const SIZE = 70_000;
  const { tiles, root } = grow(SIZE);

  it.each([0, 1, 255, 256, 257, 40_000, 65_535, 65_536, 69_887, 69_888, SIZE - 1])(
    'gives the inclusion proof of leaf %i, reading few tiles, each once',
    async (index) => {
      tiles.reads.length = 0;
      const proof = await inclusionProof(index, SIZE, new TileNodeSource(tiles, SIZE));
      expect(() =>
        verifyInclusion({ index, size: SIZE, leafHash: leafHash(`leaf ${index}`), proof, root }),
      ).not.toThrow();
      expect(new Set(tiles.reads).size).toBe(tiles.reads.length);
      expect(tiles.reads.length).toBeLessThanOrEqual(2 * 3);
    },
  );

  it.each([1, 2, 255, 256, 300, 65_535, 65_536, 65_537, SIZE - 1])(
    'gives the consistency proof from %i, reading few tiles, each once',
    async (size1) => {
      tiles.reads.length = 0;
      const proof = await consistencyProof(size1, SIZE, new TileNodeSource(tiles, SIZE));
      expect(new Set(tiles.reads).size).toBe(tiles.reads.length);
      expect(tiles.reads.length).toBeLessThanOrEqual(2 * 3);
      const root1 = grow(size1).root;
      expect(() => verifyConsistency({ size1, size2: SIZE, root1, root2: root, proof })).not.toThrow();
    },
  );

  it('gives proofs for a million leaves in at most six reads', async () => {
    const size = 1_000_003;
    const large = grow(size);
    for (const index of [0, 123_456, 524_287, 524_288, 999_999, size - 1]) {
      large.tiles.reads.length = 0;
      const proof = await inclusionProof(index, size, new TileNodeSource(large.tiles, size));
      const input = { index, size, leafHash: leafHash(`leaf ${index}`), proof, root: large.root };
      expect(() => verifyInclusion(input)).not.toThrow();
      expect(large.tiles.reads.length).toBeLessThanOrEqual(6);
    }
  });

  it('falls back to the full tile where the partial one is gone, and to nothing else', async () => {
    const then = grow(300).tiles;
    const now = grow(600).tiles;
    const proof = await inclusionProof(5, 300, new TileNodeSource(now, 300));
    expect(proof).toEqual(await inclusionProof(5, 300, new TileNodeSource(then, 300)));
    expect(now.reads).toEqual(expect.arrayContaining(['0/1/44', '0/1/256']));
    await expect(inclusionProof(260, 300, new TileNodeSource(now, 300))).rejects.toThrow(
      expect.objectContaining({ name: 'TileError', reason: 'not_found' }),
    );
  });

  it('names what is missing, cut off, or beyond the tree', async () => {
    const broken = grow(300).tiles;
    const source = () => new TileNodeSource(broken, 300);
    await expect(source().node(0, 300)).rejects.toThrow(expect.objectContaining({ reason: 'not_found' }));
    await expect(source().node(0, 600)).rejects.toThrow(expect.objectContaining({ reason: 'not_found' }));
    await expect(source().node(7, 2)).rejects.toThrow(expect.objectContaining({ reason: 'not_found' }));
    broken.remove('0/0/256');
    await expect(source().node(0, 0)).rejects.toThrow(expect.objectContaining({ reason: 'not_found' }));
    const cut: TileReader = { readTile: async () => Buffer.alloc(43 * HASH + 31) };
    await expect(new TileNodeSource(cut, 300).node(0, 256)).rejects.toThrow(
      expect.objectContaining({ reason: 'malformed_tile' }),
    );
  });

  it('does not hide errors that have nothing to do with tiles', async () => {
    const failing: TileReader = { readTile: () => Promise.reject(new Error('disk on fire')) };
    await expect(new TileNodeSource(failing, 300).node(0, 299)).rejects.toThrow('disk on fire');
  });
});
