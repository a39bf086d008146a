import { HASH_BYTES, nodeHash } from '../../ledger/merkle/tree-hash.js';
import type { NodeSource } from '../proofs/node-source.js';
import { TileError } from './tile.error.js';
import { TILE_HEIGHT, TILE_WIDTH, tileWidth } from './tile-layout.js';

/**
 * Reads the tiles of one log, from files, a table, or over HTTP.
 *
 * @publicApi
 */
export interface TileReader {
  /**
   * @param level level of the hashes, from 0
   * @param index position of the tile at its level
   * @param width number of hashes, 1 to 256; 256 is a full tile
   * @returns the hashes one after the other
   * @throws TileError with reason `not_found` if there is no such tile
   */
  readTile(level: number, index: number, width: number): Promise<Buffer>;
}

/**
 * Hashes of perfect subtrees, computed from the tiles of a tree of one size.
 *
 * Each tile is read once in the life of the source and kept, so make a source for each proof, or for a few proofs at one
 * size; a proof needs at most two tiles for every eight levels of the tree. Tiles are not authenticated here: proofs made
 * from wrong tiles fail against the checkpoint's root.
 *
 * @publicApi
 */
export class TileNodeSource implements NodeSource {
  readonly #tiles = new Map<string, Promise<Buffer>>();

  /**
   * @param reader where tiles come from
   * @param size number of leaves of the tree; take it from a verified checkpoint
   */
  constructor(
    private readonly reader: TileReader,
    private readonly size: number,
  ) {}

  /** @throws TileError if the tree does not have that subtree, or a tile is missing or has the wrong length */
  async node(level: number, index: number): Promise<Buffer> {
    const tileLevel = Math.floor(level / TILE_HEIGHT);
    const count = 2 ** (level % TILE_HEIGHT);
    const first = index * count;
    const tileIndex = Math.floor(first / TILE_WIDTH);
    const offset = first % TILE_WIDTH;
    const tile = await this.#tile(tileLevel, tileIndex);
    if (tile.length < (offset + count) * HASH_BYTES) {
      throw new TileError('not_found', `A tree of ${this.size} leaves has no subtree ${index} of level ${level}.`);
    }
    return foldHashes(tile.subarray(offset * HASH_BYTES, (offset + count) * HASH_BYTES));
  }

  #tile(level: number, index: number): Promise<Buffer> {
    const key = `${level}/${index}`;
    let tile = this.#tiles.get(key);
    if (tile === undefined) {
      tile = readTileOfSize(this.reader, level, index, this.size);
      this.#tiles.set(key, tile);
    }
    return tile;
  }
}

/**
 * Reads the tile that a tree of a size has, from the full tile if the partial one is gone.
 *
 * @throws TileError if the tree does not reach the tile, the tile is missing, or it has the wrong length
 */
export async function readTileOfSize(reader: TileReader, level: number, index: number, size: number): Promise<Buffer> {
  const width = tileWidth(level, index, size);
  if (width === 0) {
    throw new TileError('not_found', `A tree of ${size} leaves has no tile ${index} at level ${level}.`);
  }
  const tile = await readPartialOrFull(width, (wanted) => reader.readTile(level, index, wanted));
  const length = width * HASH_BYTES;
  if (tile.length !== length && tile.length !== TILE_WIDTH * HASH_BYTES) {
    throw new TileError(
      'malformed_tile',
      `Tile ${index} of level ${level} has ${tile.length} bytes, expected ${length}. It is damaged.`,
    );
  }
  return tile.subarray(0, length);
}

/** Partial tiles may be deleted once the full one exists, so a missing partial is looked for in the full one. */
export async function readPartialOrFull<T>(width: number, read: (width: number) => Promise<T>): Promise<T> {
  try {
    return await read(width);
  } catch (error) {
    if (width === TILE_WIDTH || !(error instanceof TileError) || error.reason !== 'not_found') throw error;
    return read(TILE_WIDTH).catch(() => {
      throw error;
    });
  }
}

/** Root of the perfect subtree over a power of two of hashes, concatenated. */
export function foldHashes(hashes: Buffer): Buffer {
  let row: Buffer[] = [];
  for (let offset = 0; offset < hashes.length; offset += HASH_BYTES)
    row.push(hashes.subarray(offset, offset + HASH_BYTES));
  while (row.length > 1) {
    const above: Buffer[] = [];
    for (let pair = 0; pair < row.length; pair += 2) above.push(nodeHash(row[pair], row[pair + 1]));
    row = above;
  }
  return row[0];
}
