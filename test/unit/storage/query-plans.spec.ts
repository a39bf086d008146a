import type { EventPageRequest } from '../../../lib/ledger/ledger-store.port.js';
import { createStorage } from '../../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../../lib/storage/storage.interface.js';
import { conditionOf } from '../../../lib/storage/typeorm/ledger/event-filter.sql.js';
import type { SqlDatabase } from '../../../lib/storage/typeorm/sql-database.js';

/** SQLite has no statistics, so its plans depend on the statement alone. */
describe('plans of queries on SQLite', () => {
  let storage: AuditStorage & { database: SqlDatabase };

  beforeAll(async () => {
    storage = createStorage({ type: 'sqlite', path: ':memory:' }) as typeof storage;
    await storage.open();
  });
  afterAll(() => storage.close());

  const planOf = async (filter: Partial<EventPageRequest>): Promise<string> => {
    const condition = conditionOf({ direction: 'descending', limit: 50, ...filter }, 'sqlite');
    const rows = await storage.database.query<{ detail: string }>(
      `EXPLAIN QUERY PLAN SELECT * FROM audit_event WHERE ${condition?.sql} ORDER BY log_index DESC LIMIT 50`,
      condition?.params,
    );
    return rows.map(({ detail }) => detail).join('; ');
  };

  it.each<[string, Partial<EventPageRequest>]>([
    ['audit_event_actor', { actorId: 'a' }],
    ['audit_event_actor', { actorId: 'a', occurredFrom: 'x', occurredUntil: 'y' }],
    ['audit_event_resource', { resourceType: 'a', resourceId: 'b' }],
    ['audit_event_tenant', { tenantId: 'a' }],
    ['audit_event_tenant', { tenantId: 'a', actionPrefix: 'x', stream: 'main' }],
    ['audit_event_action', { action: 'a' }],
    ['audit_event_request', { requestId: 'a' }],
    ['audit_event_correlation', { correlationId: 'a' }],
    ['audit_event_time', { occurredFrom: 'a', occurredUntil: 'b' }],
    ['sqlite_autoindex_audit_event_2', { stream: 'main', sequence: 3, after: 9, discarded: true }],
  ])('uses %s for %j', async (index, filter) => {
    expect(await planOf(filter)).toContain(index);
  });

  it.each<[Partial<EventPageRequest>]>([
    [{}],
    [{ after: 5 }],
    [{ actorId: 'a' }],
    [{ resourceType: 'a' }],
    [{ resourceType: 'a', resourceId: 'b' }],
    [{ tenantId: 'a' }],
    [{ action: ['a', 'b'] }],
    [{ actionPrefix: 'a' }],
    [{ occurredFrom: 'a' }],
    [{ occurredUntil: 'a' }],
    [{ occurredFrom: 'a', occurredUntil: 'b' }],
    [{ occurredFrom: 'a', occurredUntil: 'b', after: 5 }],
    [{ stream: 'a' }],
    [{ outcome: 'denied', severity: ['warning', 'error'] }],
  ])('sorts nothing for %j', async (filter) => {
    expect(await planOf(filter)).not.toContain('TEMP B-TREE');
  });
});
