import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { HASH_BYTES } from '../../ledger/merkle/tree-hash.js';
import { MAX_NOTE_LENGTH } from '../notes/note-format.js';
import { MAX_ENTRY_BYTES, decodeEntryBundle } from './entry-bundle.js';
import { TileError } from './tile.error.js';
import { TILE_WIDTH, tileWidth } from './tile-layout.js';
import { readPartialOrFull } from './tile-node-source.js';
import type { TileReader } from './tile-node-source.js';
import { tilePath } from './tile-path.js';

/** Name of the checkpoint below a log's prefix. */
export const CHECKPOINT_FILE = 'checkpoint';

const MAX_TILE_BYTES = TILE_WIDTH * HASH_BYTES;
const MAX_BUNDLE_BYTES = TILE_WIDTH * (MAX_ENTRY_BYTES + 2);

/**
 * Everything that a tiled log serves.
 *
 * @publicApi
 */
export interface TileLogReader extends TileReader {
  /** The latest signed checkpoint, verbatim. */
  readCheckpoint(): Promise<Buffer>;
  /**
   * @returns the entries of a bundle; they share its memory
   * @throws TileError if it is missing or malformed
   */
  readEntries(index: number, width: number): Promise<Buffer[]>;
}

/**
 * Reads a static tlog-tiles directory.
 *
 * @publicApi
 */
export class TileDirectory implements TileLogReader {
  /** @param directory the folder that holds `checkpoint` and `tile/` */
  constructor(private readonly directory: string) {}

  /** @throws TileError with reason `not_found` if the directory has no checkpoint */
  async readCheckpoint(): Promise<Buffer> {
    return this.#read(CHECKPOINT_FILE, MAX_NOTE_LENGTH);
  }

  async readTile(level: number, index: number, width: number): Promise<Buffer> {
    return this.#read(tilePath(level, index, width), MAX_TILE_BYTES);
  }

  async readEntries(index: number, width: number): Promise<Buffer[]> {
    return decodeEntryBundle(await this.#read(tilePath('entries', index, width), MAX_BUNDLE_BYTES), width);
  }

  async #read(path: string, limit: number): Promise<Buffer> {
    const file = await open(join(this.directory, path)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') throw cause;
      throw new TileError('not_found', `The tile directory has no file ${path}.`, { cause });
    });
    try {
      const { size } = await file.stat();
      if (size > limit) {
        throw new TileError('malformed_tile', `The file ${path} has ${size} bytes, at most ${limit} are possible.`);
      }
      return await file.readFile();
    } finally {
      await file.close();
    }
  }
}

/** Reads the bundle that a tree of a size has, from the full bundle if the partial one is gone. */
export async function readEntriesOfSize(reader: TileLogReader, index: number, size: number): Promise<Buffer[]> {
  const width = tileWidth(0, index, size);
  let fallback = false;
  const entries = await readPartialOrFull(width, (wanted) => {
    fallback = wanted !== width;
    return reader.readEntries(index, wanted);
  });
  return fallback ? entries.slice(0, width) : entries;
}
