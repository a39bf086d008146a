import { HASH_BYTES } from '../../ledger/merkle/index.js';
import { TILE_WIDTH, tileWidth } from '../tiles/tile-layout.js';
import { readTileOfSize } from '../tiles/tile-node-source.js';
import type { TileReader } from '../tiles/tile-node-source.js';
import type { TileStore } from '../tiles/tile-store.port.js';
import { TileError } from '../tiles/tile.error.js';

/** Leaf hashes as they once were, kept somewhere else than beside the records. */
export interface LeafArchive {
  /** How it is called in messages. */
  readonly name: string;
  /** Leaf hashes of the records from `tile × 256` on, at most 256; null when it does not have them. */
  leafHashes(tile: number): Promise<readonly string[] | null>;
}

/** The full tiles in the database: whoever rewrote the records may have forgotten them. */
export function storedTileArchive(tiles: Pick<TileStore, 'read'>): LeafArchive {
  return {
    name: 'the tiles in the database',
    leafHashes: async (tile) => {
      const stored = await tiles.read(0, tile);
      return stored && split(stored.hashes);
    },
  };
}

/**
 * Tiles that were exported earlier.
 *
 * @param size size of the tree that they are of
 */
export function exportedTileArchive(name: string, reader: TileReader, size: number): LeafArchive {
  return {
    name,
    leafHashes: async (tile) => {
      if (tileWidth(0, tile, size) === 0) return null;
      try {
        return split(await readTileOfSize(reader, 0, tile, size));
      } catch (error) {
        if (error instanceof TileError) return null;
        throw error;
      }
    },
  };
}

export const ARCHIVE_WIDTH = TILE_WIDTH;

function split(hashes: Uint8Array): string[] {
  const hex = Buffer.from(hashes).toString('hex');
  const digits = 2 * HASH_BYTES;
  return Array.from({ length: hex.length / digits }, (_, n) => hex.slice(n * digits, (n + 1) * digits));
}
