import type { StoredTile, TileStore } from '../../../verification/tiles/tile-store.port.js';
import type { SqlDatabase } from '../sql-database.js';
import { toNumber } from '../sql-transaction.js';

const COLUMNS = ['level', 'tile_index', 'hashes', 'root'];
/** Rows in one INSERT: half a megabyte of hashes. */
const ROWS_PER_INSERT = 64;

/** Tiles as rows of `audit_tile`. */
export class SqlTileStore implements TileStore {
  constructor(private readonly database: SqlDatabase) {}

  async insert(tiles: readonly StoredTile[]): Promise<void> {
    for (let start = 0; start < tiles.length; start += ROWS_PER_INSERT) {
      const rows = tiles.slice(start, start + ROWS_PER_INSERT);
      await this.database.execute(
        this.database.dialect.insertIgnore('audit_tile', COLUMNS, rows.length),
        rows.flatMap(({ level, index, hashes, root }) => [level, index, hashes, root]),
      );
    }
  }

  async read(level: number, index: number): Promise<StoredTile | null> {
    const [row] = await this.database.query<{ hashes: Uint8Array; root: string }>(
      'SELECT hashes, root FROM audit_tile WHERE level = ? AND tile_index = ?',
      [level, index],
    );
    return row ? { level, index, hashes: row.hashes, root: row.root } : null;
  }

  async count(level: number): Promise<number> {
    const [row] = await this.database.query<{ last: unknown }>(
      'SELECT MAX(tile_index) AS last FROM audit_tile WHERE level = ?',
      [level],
    );
    return row.last === null ? 0 : toNumber(row.last) + 1;
  }

  async readRoots(level: number, from: number, to: number): Promise<string[]> {
    const rows = await this.database.query<{ root: string }>(
      'SELECT root FROM audit_tile WHERE level = ? AND tile_index >= ? AND tile_index < ? ORDER BY tile_index',
      [level, from, to],
    );
    return rows.map(({ root }) => root);
  }
}
