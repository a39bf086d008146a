import { readFileSync } from 'node:fs';
import type { DeliveryReceipt } from '../../lib/delivery/delivery-store.port.js';
import { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import { SqlStorage } from '../../lib/storage/typeorm/sql-storage.js';
import { DataSource } from 'typeorm';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { appendTo, events } from '../support/log-writer.js';

const GUIDE = readFileSync(new URL('../../docs/delivery.md', import.meta.url), 'utf8');
const STATEMENT = /```sql\n([^`]+)```/.exec(GUIDE)?.[1] ?? '';
const EXAMPLE_ID = '01a20065-5f70-736d-8311-a167bdeb0001';

describe.each([
  ['SQLite', async () => freshSqliteFile(), (database: string) => ({ type: 'better-sqlite3' as const, database })],
  ['PostgreSQL', () => freshPostgres(), (url: string) => ({ type: 'postgres' as const, url })],
])('the statement of the guide on %s', (_, fresh, options) => {
  it('finds the receipt of an event in a run', async () => {
    const place = await fresh();
    const source = await new DataSource(options(place.location)).initialize();
    const storage = new SqlStorage(new SqlDatabase(source, { migrate: true }));
    await storage.open();
    await appendTo(storage.ledger, events('event', 9));
    const hash = (n: number): string => String(n).padStart(64, '0');
    const receipts = Array.from({ length: 9 }, (_one, logIndex): DeliveryReceipt => ({
      sink: 'siem',
      eventId: `event-${logIndex}`,
      logIndex,
      status: 'delivered',
      txId: null,
      payloadHash: hash(logIndex),
      duplicate: false,
      remoteStatus: '204',
      attempts: 1,
      nextAttemptAt: null,
      lastError: null,
      raw: null,
      updatedAt: 1,
    }));
    const cursor = { sink: 'siem', nextIndex: 9, batchEnd: null, state: 'active', attempts: 0 } as const;
    await storage.delivery.commit(
      { ...cursor, nextAttemptAt: null, lastError: null, deliveredAt: 1, details: null, updatedAt: 1 },
      receipts,
    );
    expect(STATEMENT).toContain(EXAMPLE_ID);
    const rows = (await source.query(STATEMENT.replace(EXAMPLE_ID, 'event-7'))) as object[];
    expect(rows).toMatchObject([{ event_id: 'event-7', sink: 'siem', remote_status: '204', payload_hash: hash(7) }]);
    await source.destroy();
    await place.drop();
  });
});
