/** Hashes of a full tile. */
export const TILE_WIDTH = 256;
/** Levels of the Merkle tree that one tile spans. */
export const TILE_HEIGHT = 8;

/** A tile that a tree of some size has. */
export interface TileSpan {
  /** Level of the hashes, from 0. */
  level: number;
  /** Position of the tile at its level, from 0. */
  index: number;
  /** Number of its hashes, 1 to 256. */
  width: number;
}

/**
 * Number of hashes that a tree has at a tile level: one for each complete subtree of 256^level leaves.
 *
 * @publicApi
 */
export function hashesAtLevel(level: number, size: number): number {
  return Math.floor(size / TILE_WIDTH ** level);
}

/**
 * Number of hashes in one tile of a tree: 256 if it is full, 0 if the tree does not reach it.
 *
 * @publicApi
 */
export function tileWidth(level: number, index: number, size: number): number {
  return Math.max(0, Math.min(TILE_WIDTH, hashesAtLevel(level, size) - index * TILE_WIDTH));
}

/**
 * All tiles of a tree, level by level, left to right; level 0 names the entry bundles too.
 *
 * @publicApi
 */
export function* tilesOf(size: number): Generator<TileSpan> {
  for (let level = 0; hashesAtLevel(level, size) > 0; level++) {
    const hashes = hashesAtLevel(level, size);
    for (let index = 0; index * TILE_WIDTH < hashes; index++)
      yield { level, index, width: tileWidth(level, index, size) };
  }
}
