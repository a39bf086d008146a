import type { LedgerStore } from '../../ledger/ledger-store.port.js';
import { StoreError } from '../../ledger/store.error.js';
import { HASH_BYTES } from '../../ledger/merkle/index.js';
import { TileError } from './tile.error.js';
import { TILE_WIDTH } from './tile-layout.js';
import { foldHashes } from './tile-node-source.js';
import type { TileReader } from './tile-node-source.js';
import type { StoredTile, TileStore } from './tile-store.port.js';

/** Tiles that are made of one read of leaf hashes. */
const TILES_PER_READ = 32;

/**
 * Stores the full tiles of a log as they fill, and reads any tile: a full one from the store, a partial one from what is
 * below it. What is missing in the store is made again from the leaf hashes.
 */
export class TileKeeper implements TileReader {
  private running: Promise<void> | null = null;
  private readOnly = false;

  constructor(
    private readonly log: Pick<LedgerStore, 'readHead' | 'readLeafHashes'>,
    private readonly store: TileStore,
  ) {}

  /** Stores every tile that is full by now. Calls at the same time share one run; any number of processes may do it. */
  catchUp(): Promise<void> {
    this.running ??= this.storeFullTiles().finally(() => (this.running = null));
    return this.running;
  }

  /** @throws TileError with reason `not_found` if the log is not as long */
  async readTile(level: number, index: number, width: number): Promise<Buffer> {
    if (width === TILE_WIDTH) {
      const stored = await this.store.read(level, index);
      if (stored) return Buffer.from(stored.hashes);
    }
    const hashes = await this.readHashes(level, index * TILE_WIDTH, index * TILE_WIDTH + width);
    // A hole that somebody made; the tile follows from the records, so it is simply made again.
    if (width === TILE_WIDTH) await this.keep([toTile(level, index, hashes)]);
    return hashes;
  }

  private async storeFullTiles(): Promise<void> {
    if (this.readOnly) return;
    const { size } = await this.log.readHead();
    for (let level = 0, hashes = size; hashes >= TILE_WIDTH; level++) {
      const full = Math.floor(hashes / TILE_WIDTH);
      for (let next = await this.store.count(level); next < full;) {
        const end = Math.min(next + TILES_PER_READ, full);
        if (!(await this.keep(await this.makeTiles(level, next, end)))) return;
        next = end;
      }
      hashes = full;
    }
  }

  /** Whoever may only read the database can do without stored tiles: a proof takes longer then. */
  private async keep(tiles: readonly StoredTile[]): Promise<boolean> {
    if (this.readOnly) return false;
    try {
      await this.store.insert(tiles);
      return true;
    } catch (error) {
      if (!(error instanceof StoreError) || (error.reason !== 'schema' && error.reason !== 'unknown')) throw error;
      this.readOnly = true;
      return false;
    }
  }

  private async makeTiles(level: number, from: number, to: number): Promise<StoredTile[]> {
    const hashes = await this.readHashes(level, from * TILE_WIDTH, to * TILE_WIDTH);
    const bytes = TILE_WIDTH * HASH_BYTES;
    return Array.from({ length: to - from }, (_, n) =>
      toTile(level, from + n, hashes.subarray(n * bytes, (n + 1) * bytes)),
    );
  }

  /** Hashes [from, to) of a level: leaf hashes, or roots of the tiles of the level below. */
  private async readHashes(level: number, from: number, to: number): Promise<Buffer> {
    const found =
      level === 0 ? await this.log.readLeafHashes(from, to) : await this.store.readRoots(level - 1, from, to);
    if (found.length === to - from) return decode(found, level, from);
    if (level === 0) {
      throw new TileError(
        'not_found',
        `The log has ${found.length} of the leaf hashes ${from} to ${to - 1}. Either it is not as long, or records are ` +
          'missing: verify it.',
      );
    }
    const roots: Buffer[] = [];
    for (let index = from; index < to; index++)
      roots.push(foldHashes(await this.readTile(level - 1, index, TILE_WIDTH)));
    return Buffer.concat(roots);
  }
}

function toTile(level: number, index: number, hashes: Buffer): StoredTile {
  return { level, index, hashes, root: foldHashes(hashes).toString('hex') };
}

function decode(hashes: readonly string[], level: number, from: number): Buffer {
  const bytes = Buffer.from(hashes.join(''), 'hex');
  if (bytes.length === hashes.length * HASH_BYTES) return bytes;
  throw new TileError(
    'malformed_tile',
    `One of the ${hashes.length} hashes from ${from} on, at level ${level} of the tree, is not 32 bytes in hex. The ` +
      'database was changed: verify the log.',
  );
}
