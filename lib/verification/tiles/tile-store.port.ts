/** A full tile: 256 hashes of one level. */
export interface StoredTile {
  /** Level of the hashes; 0 are leaf hashes. */
  readonly level: number;
  /** Position of the tile at its level, from 0. */
  readonly index: number;
  /** The hashes one after the other, 8,192 bytes. */
  readonly hashes: Uint8Array;
  /** Root over the tile's hashes, lowercase hex: one hash of the level above. */
  readonly root: string;
}

/** Keeps full tiles, so that a proof takes few reads. Tiles follow from the records: losing them costs time only. */
export interface TileStore {
  /** Adds tiles; those that are there already stay as they are. */
  insert(tiles: readonly StoredTile[]): Promise<void>;
  read(level: number, index: number): Promise<StoredTile | null>;
  /** Number of tiles at a level up to the last one. Holes are filled when they are read. */
  count(level: number): Promise<number>;
  /** Roots of the tiles [from, to) of a level in order, lowercase hex; fewer if some are not there. */
  readRoots(level: number, from: number, to: number): Promise<string[]>;
}
