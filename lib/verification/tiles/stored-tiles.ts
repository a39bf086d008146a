import { HASH_BYTES } from '../../ledger/merkle/tree-hash.js';
import { TileError } from './tile.error.js';
import type { TileFindings } from './tile-finding.js';
import { TILE_WIDTH, hashesAtLevel, tileWidth } from './tile-layout.js';
import { foldHashes, readTileOfSize } from './tile-node-source.js';
import type { TileReader } from './tile-node-source.js';
import { tilePath } from './tile-path.js';

interface KnownTile {
  index: number;
  hashes: Buffer | undefined;
  authentic?: boolean;
}

/**
 * The stored tiles of a tree, read from left to right, and which of them the checkpoint commits to.
 *
 * The checkpoint's root is folded from the partial tiles alone, so it authenticates exactly these; a full tile is
 * authenticated by its hash in the tile above. One tile of each level is kept.
 */
export class StoredTiles {
  readonly #known: KnownTile[] = [];

  /**
   * @param reader where tiles come from
   * @param size number of leaves
   * @param edgeIsAuthentic whether the partial tiles lead to the checkpoint's root
   * @param findings gets tiles that are missing, cut off, or not what the tile above commits to
   */
  constructor(
    private readonly reader: TileReader,
    private readonly size: number,
    private readonly edgeIsAuthentic: boolean,
    readonly findings: TileFindings,
  ) {}

  /** Hashes of a stored tile, or `undefined` if it cannot be read. */
  async read(level: number, index: number): Promise<Buffer | undefined> {
    return (await this.#tile(level, index)).hashes;
  }

  /** Hashes of a stored tile, or `undefined` unless the checkpoint commits to them. */
  async readAuthentic(level: number, index: number): Promise<Buffer | undefined> {
    const tile = await this.#tile(level, index);
    tile.authentic ??= await this.#authenticate(level, tile);
    return tile.authentic ? tile.hashes : undefined;
  }

  /** Root over a full tile's hashes that the tile above commits to, or `undefined` if that one is not authentic. */
  async committedTileRoot(level: number, index: number): Promise<Buffer | undefined> {
    const above = await this.readAuthentic(level + 1, Math.floor(index / TILE_WIDTH));
    const offset = (index % TILE_WIDTH) * HASH_BYTES;
    return above?.subarray(offset, offset + HASH_BYTES);
  }

  /** Reads all partial tiles, so that a missing one is named even if nothing asks for it. */
  async readEdge(): Promise<void> {
    for (let level = 0; hashesAtLevel(level, this.size) > 0; level++) {
      const hashes = hashesAtLevel(level, this.size);
      if (hashes % TILE_WIDTH !== 0) await this.read(level, Math.floor(hashes / TILE_WIDTH));
    }
  }

  async #authenticate(level: number, { index, hashes }: KnownTile): Promise<boolean> {
    if (hashes === undefined) return false;
    if (tileWidth(level, index, this.size) < TILE_WIDTH) return this.edgeIsAuthentic;
    const expected = await this.committedTileRoot(level, index);
    if (expected === undefined) return false;
    const found = foldHashes(hashes);
    if (found.equals(expected)) return true;
    this.findings.add({
      class: 'malformed',
      ...this.#span(level, index),
      expected: expected.toString('hex'),
      found: found.toString('hex'),
      message: `The hashes in ${this.#path(level, index)} are not those that the checkpoint commits to.`,
    });
    return false;
  }

  async #tile(level: number, index: number): Promise<KnownTile> {
    const known = this.#known[level];
    if (known?.index === index) return known;
    const tile: KnownTile = { index, hashes: await this.#load(level, index) };
    this.#known[level] = tile;
    return tile;
  }

  async #load(level: number, index: number): Promise<Buffer | undefined> {
    try {
      return await readTileOfSize(this.reader, level, index, this.size);
    } catch (error) {
      if (!(error instanceof TileError)) throw error;
      const missing = error.reason === 'not_found';
      this.findings.add({
        class: missing ? 'missing' : 'malformed',
        ...this.#span(level, index),
        message: error.message,
      });
      return undefined;
    }
  }

  #span(level: number, index: number): { firstIndex: number; lastIndex: number; file: string } {
    const leaves = TILE_WIDTH ** (level + 1);
    const lastIndex = Math.min((index + 1) * leaves, this.size) - 1;
    return { firstIndex: index * leaves, lastIndex, file: this.#path(level, index) };
  }

  #path(level: number, index: number): string {
    return tilePath(level, index, tileWidth(level, index, this.size));
  }
}
