import type {
  CheckpointRange,
  CheckpointStore,
  StoredCheckpoint,
} from '../../../verification/checkpoints/checkpoint-store.port.js';
import type { SqlDatabase } from '../sql-database.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';

interface CheckpointRow {
  readonly size: unknown;
  readonly root: string;
  readonly note: string;
  readonly created_at: string;
  readonly anchored_at: string | null;
}

const COLUMNS = ['size', 'root', 'note', 'created_at', 'anchored_at'];
/** A row about a size that no log can have must not stand in the way of those that can be true. */
const SELECT = `SELECT ${COLUMNS.join(', ')} FROM audit_checkpoint WHERE size BETWEEN 0 AND ${Number.MAX_SAFE_INTEGER}`;

/** Checkpoints as rows of `audit_checkpoint`. */
export class SqlCheckpointStore implements CheckpointStore {
  constructor(private readonly database: SqlDatabase) {}

  async insert({ size, root, note, createdAt, anchoredAt }: StoredCheckpoint): Promise<boolean> {
    const sql = this.database.dialect.insertIgnore('audit_checkpoint', COLUMNS);
    return (await this.database.execute(sql, [size, root, note, createdAt, anchoredAt])) === 1;
  }

  async read(size: number): Promise<StoredCheckpoint | null> {
    const [found] = await this.select('AND size = ?', [size]);
    return found ?? null;
  }

  async latest(): Promise<StoredCheckpoint | null> {
    const [found] = await this.select('ORDER BY size DESC LIMIT 1', []);
    return found ?? null;
  }

  async latestAnchored(): Promise<StoredCheckpoint | null> {
    const [found] = await this.select('AND anchored_at IS NOT NULL ORDER BY size DESC LIMIT 1', []);
    return found ?? null;
  }

  list({ from = 0, to = Number.MAX_SAFE_INTEGER, direction, limit }: CheckpointRange): Promise<StoredCheckpoint[]> {
    const order = direction === 'descending' ? 'DESC' : 'ASC';
    return this.select(`AND size >= ? AND size <= ? ORDER BY size ${order} LIMIT ?`, [from, to, limit]);
  }

  listUnanchored(limit: number): Promise<StoredCheckpoint[]> {
    return this.select('AND anchored_at IS NULL ORDER BY size LIMIT ?', [limit]);
  }

  async markAnchored(size: number, at: string): Promise<void> {
    await this.database.execute('UPDATE audit_checkpoint SET anchored_at = ? WHERE size = ? AND anchored_at IS NULL', [
      at,
      size,
    ]);
  }

  async nameLog(origin: string): Promise<void> {
    await this.database.execute('UPDATE audit_head SET origin = ? WHERE id = 1 AND origin <> ?', [origin, origin]);
  }

  private async select(rest: string, params: readonly SqlValue[]): Promise<StoredCheckpoint[]> {
    const rows = await this.database.query<CheckpointRow>(`${SELECT} ${rest}`, params);
    return rows.map(({ size, root, note, created_at: createdAt, anchored_at: anchoredAt }) => ({
      size: toNumber(size),
      root,
      // SQLite keeps bytes in a text column, too; a note is what it says, and proves itself.
      note: String(note),
      createdAt,
      anchoredAt,
    }));
  }
}
