import { CompactRange } from '../../ledger/merkle/compact-range.js';
import { foldHashes } from './tile-node-source.js';
import { TILE_HEIGHT, TILE_WIDTH } from './tile-layout.js';

/** A tile as it falls out of a growing tree. */
export interface FinishedTile {
  /** Level of the hashes, from 0. */
  level: number;
  /** Position of the tile at its level. */
  index: number;
  /** Its hashes, concatenated; 1 to 256 of them. */
  hashes: Buffer;
}

/**
 * Turns leaf hashes in log order into tiles. Holds at most one unfinished tile for each level, so its memory does not
 * grow with the log.
 *
 * @publicApi
 */
export class TileCascade {
  readonly #unfinished: Buffer[][] = [];
  readonly #finished: number[] = [];
  readonly #range = new CompactRange();

  /** Number of leaves so far. */
  get size(): number {
    return this.#range.size + (this.#unfinished[0]?.length ?? 0);
  }

  /** Root of the tree so far. */
  root(): Buffer {
    const range = this.#range.clone();
    for (const hash of this.#unfinished[0] ?? []) range.append(hash);
    return range.root();
  }

  /**
   * Adds a leaf hash.
   *
   * @returns the full tiles that this leaf completes, lowest level first; mostly none
   */
  append(leafHash: Uint8Array): FinishedTile[] {
    const tiles: FinishedTile[] = [];
    let hash: Buffer = Buffer.from(leafHash);
    for (let level = 0; ; level++) {
      const row = (this.#unfinished[level] ??= []);
      row.push(hash);
      if (row.length < TILE_WIDTH) return tiles;
      const hashes = Buffer.concat(row);
      hash = foldHashes(hashes);
      tiles.push({ level, index: this.#finished[level] ?? 0, hashes });
      this.#finished[level] = (this.#finished[level] ?? 0) + 1;
      this.#unfinished[level] = [];
      if (level === 0) this.#range.appendSubtree(TILE_HEIGHT, hash);
    }
  }

  /** The partial tiles of the present size, lowest level first. */
  partialTiles(): FinishedTile[] {
    return this.#unfinished.flatMap((row, level) =>
      row.length === 0 ? [] : [{ level, index: this.#finished[level] ?? 0, hashes: Buffer.concat(row) }],
    );
  }
}
