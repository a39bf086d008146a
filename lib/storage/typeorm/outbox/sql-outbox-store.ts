import type { OutboxEntry, OutboxStore } from '../../../ledger/outbox-store.port.js';
import { readOutboxPayload } from '../../../ledger/outbox/outbox-payload.js';
import type { SealableEvent } from '../../../event/sealable-event.js';
import type { SqlConnection } from '../../../ledger/outbox-writer.port.js';
import { SqlOutboxWriter } from '../outbox-writer.js';
import type { SqlDatabase } from '../sql-database.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';

const MAX_LIST = 500;

/** Events written inside a business transaction, as rows of `audit_outbox`. */
export class SqlOutboxStore implements OutboxStore {
  private readonly writer: SqlOutboxWriter;

  constructor(private readonly database: SqlDatabase) {
    this.writer = new SqlOutboxWriter(database.dialect);
  }

  /** Writes events on the connection of the caller's transaction: they are committed or rolled back with its data. */
  insert(events: readonly SealableEvent[], connection: SqlConnection): Promise<void> {
    return this.writer.write(connection, events, false);
  }

  async read(limit: number, after = 0): Promise<OutboxEntry[]> {
    const rows = await this.committed<{ position: unknown; event_id: string; payload: string }>(
      'SELECT position, event_id, payload FROM audit_outbox WHERE position > ? ORDER BY position LIMIT ?',
      [after, limit],
    );
    return rows.map(({ position, event_id: eventId, payload }) => {
      const event = readOutboxPayload(payload);
      const place = { position: toNumber(position), eventId };
      return event?.id === eventId ? { ...place, event } : { ...place, event: null, foreign: payload };
    });
  }

  async remove(positions: readonly number[]): Promise<void> {
    for (let start = 0; start < positions.length; start += MAX_LIST) {
      const list = positions.slice(start, start + MAX_LIST);
      const marks = list.map(() => '?').join(', ');
      await this.database.execute(`DELETE FROM audit_outbox WHERE position IN (${marks})`, list);
    }
  }

  async count(): Promise<number> {
    const [row] = await this.committed<{ entries: unknown }>('SELECT COUNT(*) AS entries FROM audit_outbox');
    return toNumber(row.entries);
  }

  /** On SQLite the application's open transaction is on the same connection; its rows are not committed yet. */
  private committed<T>(sql: string, params: readonly SqlValue[] = []): Promise<T[]> {
    if (!this.database.sqlite) return this.database.query<T>(sql, params);
    return this.database.transaction((tx) => tx.query<T>(sql, params));
  }
}
