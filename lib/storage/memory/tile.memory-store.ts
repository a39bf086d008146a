import type { StoredTile, TileStore } from '../../verification/tiles/tile-store.port.js';

/** Tiles that end with the process. They follow from the records, so nothing is lost with them. */
export class MemoryTileStore implements TileStore {
  private readonly levels: StoredTile[][] = [];

  async insert(tiles: readonly StoredTile[]): Promise<void> {
    for (const tile of tiles) (this.levels[tile.level] ??= [])[tile.index] ??= tile;
  }

  async read(level: number, index: number): Promise<StoredTile | null> {
    return this.levels[level]?.[index] ?? null;
  }

  async count(level: number): Promise<number> {
    return this.levels[level]?.length ?? 0;
  }

  async readRoots(level: number, from: number, to: number): Promise<string[]> {
    return (this.levels[level] ?? []).slice(from, to).flatMap((tile) => (tile ? [tile.root] : []));
  }
}
