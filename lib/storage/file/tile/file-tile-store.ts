import { constants } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { HASH_BYTES } from '../../../ledger/merkle/index.js';
import { TILE_WIDTH } from '../../../verification/tiles/tile-layout.js';
import { foldHashes } from '../../../verification/tiles/tile-node-source.js';
import type { StoredTile, TileStore } from '../../../verification/tiles/tile-store.port.js';
import { toStoreError } from '../io/to-store-error.js';
import { FILE_MODE } from '../io/write-atomically.js';
import type { WriteAccess } from '../write-access.js';

const HASHES_BYTES = TILE_WIDTH * HASH_BYTES;
/** The hashes, and behind them the root over them. */
const SLOT_BYTES = HASHES_BYTES + HASH_BYTES;

/**
 * Full tiles in one file a level, each at its place. A tile that does not fit its root, because a crash cut it off or
 * it was never written, is one that is not there: it is made again from the records.
 */
export class FileTileStore implements TileStore {
  constructor(
    private readonly folder: string,
    private readonly access: WriteAccess,
  ) {}

  async insert(tiles: readonly StoredTile[]): Promise<void> {
    // Whoever only reads makes what is missing for itself.
    if (!this.access.isWritable) return;
    for (const level of new Set(tiles.map((tile) => tile.level))) {
      await this.using(level, 'write', async (file) => {
        for (const tile of tiles) if (tile.level === level) await this.insertOne(file, tile);
      });
    }
  }

  async read(level: number, index: number): Promise<StoredTile | null> {
    const slot = await this.using(level, 'read', (file) => readSlot(file, index));
    if (!slot) return null;
    const { hashes, root } = slot;
    return foldHashes(hashes).equals(root) ? { level, index, hashes, root: root.toString('hex') } : null;
  }

  async count(level: number): Promise<number> {
    const size = await this.using(level, 'read', async (file) => (await file.stat()).size);
    return Math.floor((size ?? 0) / SLOT_BYTES);
  }

  async readRoots(level: number, from: number, to: number): Promise<string[]> {
    const roots: string[] = [];
    for (let index = from; index < to; index++) {
      const tile = await this.read(level, index);
      if (tile) roots.push(tile.root);
    }
    return roots;
  }

  private async insertOne(file: FileHandle, { index, hashes, root }: StoredTile): Promise<void> {
    const present = await readSlot(file, index);
    if (present && foldHashes(present.hashes).equals(present.root)) return;
    const slot = Buffer.concat([hashes, Buffer.from(root, 'hex')]);
    await file.write(slot, 0, slot.length, index * SLOT_BYTES);
  }

  /** @returns null if there is nothing of this level to be read */
  private async using<T>(
    level: number,
    how: 'read' | 'write',
    work: (file: FileHandle) => Promise<T>,
  ): Promise<T | null> {
    const path = join(this.folder, String(level));
    try {
      if (how === 'write') await mkdir(this.folder, { recursive: true, mode: 0o700 });
      const flags = how === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT;
      const file = await open(path, flags, FILE_MODE);
      try {
        return await work(file);
      } finally {
        await file.close();
      }
    } catch (error) {
      if (how === 'read' && (error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw toStoreError(error, path, how === 'read' ? 'read' : 'written');
    }
  }
}

async function readSlot(file: FileHandle, index: number): Promise<{ hashes: Buffer; root: Buffer } | null> {
  const slot = Buffer.alloc(SLOT_BYTES);
  const { bytesRead } = await file.read(slot, 0, SLOT_BYTES, index * SLOT_BYTES);
  if (bytesRead < SLOT_BYTES) return null;
  return { hashes: slot.subarray(0, HASHES_BYTES), root: slot.subarray(HASHES_BYTES) };
}
