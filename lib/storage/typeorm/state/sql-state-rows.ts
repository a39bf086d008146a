import { timestampNow } from '../../../event/timestamp.js';
import type { StateRows } from '../../../verification/history/state-rows.port.js';
import type { SqlDatabase } from '../sql-database.js';

const COLUMNS = ['name', 'value', 'updated_at'];

/** Rows of `audit_state`. */
export class SqlStateRows implements StateRows {
  constructor(private readonly database: SqlDatabase) {}

  async read(name: string): Promise<string | null> {
    const [row] = await this.database.query<{ value: string }>('SELECT value FROM audit_state WHERE name = ?', [name]);
    return row?.value ?? null;
  }

  async write(name: string, value: string): Promise<void> {
    const upsert = this.database.dialect.upsert('audit_state', COLUMNS, ['name']);
    await this.database.execute(upsert, [name, value, timestampNow()]);
  }
}
