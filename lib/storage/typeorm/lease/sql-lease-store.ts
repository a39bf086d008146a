import type { Lease, LeaseStore } from '../../../ledger/lease-store.port.js';
import { endOfPrefix } from '../ledger/text-order.js';
import type { SqlDatabase } from '../sql-database.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';

const COLUMNS = ['name', 'holder', 'expires_at'];

/** Leases as rows of `audit_lease`. Times are this process's clock: a skewed one costs turns, never safety. */
export class SqlLeaseStore implements LeaseStore {
  constructor(
    private readonly database: SqlDatabase,
    private readonly now: () => number = Date.now,
  ) {}

  async acquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const now = this.now();
    const taken = await this.database.execute(
      'UPDATE audit_lease SET holder = ?, expires_at = ? WHERE name = ? AND (holder = ? OR expires_at <= ?)',
      [holder, now + ttlMs, name, holder, now],
    );
    if (taken === 1) return true;
    const insert = this.database.dialect.insertIgnore('audit_lease', COLUMNS);
    return (await this.database.execute(insert, [name, holder, now + ttlMs])) === 1;
  }

  async release(name: string, holder: string): Promise<boolean> {
    return (await this.database.execute('DELETE FROM audit_lease WHERE name = ? AND holder = ?', [name, holder])) === 1;
  }

  async list(prefix: string): Promise<Lease[]> {
    const conditions = ['name >= ?'];
    const params: SqlValue[] = [prefix];
    const end = endOfPrefix(prefix);
    if (end !== null) {
      conditions.push('name < ?');
      params.push(end);
    }
    const rows = await this.database.query<{ name: string; holder: string; expires_at: unknown }>(
      `SELECT name, holder, expires_at FROM audit_lease WHERE ${conditions.join(' AND ')} ORDER BY name`,
      params,
    );
    return rows.map((row) => ({ name: row.name, holder: row.holder, expiresAt: toNumber(row.expires_at) }));
  }
}
