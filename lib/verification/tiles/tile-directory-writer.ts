import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HASH_BYTES, leafHash as hashLeaf } from '../../ledger/merkle/tree-hash.js';
import { equalBytes } from '../encoding/strict-encoding.js';
import { parseCheckpoint } from '../notes/checkpoint.js';
import { splitNote } from '../notes/note-format.js';
import { encodeEntryBundle } from './entry-bundle.js';
import { TileCascade } from './tile-cascade.js';
import type { FinishedTile } from './tile-cascade.js';
import { CHECKPOINT_FILE } from './tile-directory.js';
import { TileError } from './tile.error.js';
import { TILE_WIDTH } from './tile-layout.js';
import { tilePath } from './tile-path.js';
import { replaceFile, writeOnce } from './write-once.js';

/** One record on its way into a tile directory. */
export interface TileEntry {
  /** The record's bytes as they are stored. */
  record: Uint8Array | string;
  /**
   * The Merkle leaf hash that is stored beside it. Taken as given, so that an export of a damaged log shows the damage.
   * `@default` computed from the record
   */
  leafHash?: Uint8Array;
}

/**
 * Writes a log as a static tlog-tiles directory that any tlog client can read over plain HTTP: tiles, entry bundles and
 * the checkpoint. Memory does not grow with the log. Several exports of one growing log may share a directory.
 *
 * @publicApi
 */
export class TileDirectoryWriter {
  readonly #cascade = new TileCascade();
  #entries: Uint8Array[] = [];
  #bundles = 0;

  /** @param directory is made if it does not exist */
  constructor(private readonly directory: string) {}

  /** Number of records so far. */
  get size(): number {
    return this.#cascade.size;
  }

  /**
   * Adds the next record in log order.
   *
   * @throws TileError if a file of the directory holds something else, or the record is too large for a bundle
   */
  async append({ record, leafHash }: TileEntry): Promise<void> {
    const bytes = typeof record === 'string' ? Buffer.from(record) : record;
    this.#entries.push(bytes);
    const tiles = this.#cascade.append(leafHash ?? hashLeaf(bytes));
    if (this.#entries.length === TILE_WIDTH) {
      await this.#writeBundle();
      this.#bundles++;
      this.#entries = [];
    }
    await this.#writeTiles(tiles);
  }

  /**
   * Writes the partial tiles, and the checkpoint last, so that a directory with a checkpoint is complete.
   *
   * @param checkpoint signed checkpoint of exactly the records that were appended
   * @throws TileError if the checkpoint is of another size or root, or the directory already has a later one
   */
  async finish(checkpoint: string): Promise<void> {
    const { size, root } = parseCheckpoint(splitNote(checkpoint).text);
    const found = this.#cascade.root();
    if (size !== BigInt(this.size) || !equalBytes(root, found)) {
      throw new TileError(
        'checkpoint_mismatch',
        `The records lead to size ${this.size} and root ${found.toString('hex')}, the checkpoint says ${size} and ` +
          `${Buffer.from(root).toString('hex')}. Export with a checkpoint of this log, and verify the log.`,
      );
    }
    await this.#assertNotBehind(size);
    if (this.#entries.length > 0) await this.#writeBundle();
    await this.#writeTiles(this.#cascade.partialTiles());
    await replaceFile(join(this.directory, CHECKPOINT_FILE), checkpoint);
  }

  /** Readers of a published log must never see it shrink. */
  async #assertNotBehind(size: bigint): Promise<void> {
    const present = await readFile(join(this.directory, CHECKPOINT_FILE)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
      return undefined;
    });
    if (present === undefined) return;
    const published = parseCheckpoint(splitNote(present).text).size;
    if (published > size) {
      throw new TileError(
        'conflict',
        `The directory already has a checkpoint of size ${published}, later than ${size}. A published log never ` +
          'shrinks; export to another directory, and find out why this log is shorter.',
      );
    }
  }

  async #writeBundle(): Promise<void> {
    const path = tilePath('entries', this.#bundles, this.#entries.length);
    await writeOnce(join(this.directory, path), encodeEntryBundle(this.#entries));
  }

  async #writeTiles(tiles: readonly FinishedTile[]): Promise<void> {
    for (const { level, index, hashes } of tiles) {
      await writeOnce(join(this.directory, tilePath(level, index, hashes.length / HASH_BYTES)), hashes);
    }
  }
}

/**
 * Exports the records of a log, up to the size of a checkpoint, as a static tlog-tiles directory.
 *
 * @param options.directory is made if it does not exist
 * @param options.entries records in log order from 0; those beyond the checkpoint's size are not read
 * @param options.checkpoint signed checkpoint; it is not verified here
 * @param options.signal stops between two records
 * @returns the number of records written
 * @throws TileError if the records do not lead to the checkpoint's root, or contradict files that are already there
 * @publicApi
 */
export async function exportTileDirectory(options: {
  directory: string;
  entries: AsyncIterable<TileEntry> | Iterable<TileEntry>;
  checkpoint: string;
  signal?: AbortSignal;
}): Promise<number> {
  const { size } = parseCheckpoint(splitNote(options.checkpoint).text);
  const writer = new TileDirectoryWriter(options.directory);
  if (size > 0n) {
    for await (const entry of options.entries) {
      options.signal?.throwIfAborted();
      await writer.append(entry);
      if (BigInt(writer.size) === size) break;
    }
  }
  await writer.finish(options.checkpoint);
  return writer.size;
}
