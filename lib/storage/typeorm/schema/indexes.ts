import type { SqlDialectName } from '../dialect/index.js';

/**
 * Indexes for the conditions of a query; `log_index` behind them gives a page its order. A column that is often
 * absent costs nothing where the database has partial indexes.
 */
const INDEXES: readonly { name: string; table: string; columns: readonly string[]; present?: string }[] = [
  { name: 'audit_event_actor', table: 'audit_event', columns: ['actor_id', 'log_index'], present: 'actor_id' },
  {
    name: 'audit_event_resource',
    table: 'audit_event',
    columns: ['resource_type', 'resource_id', 'log_index'],
    present: 'resource_type',
  },
  { name: 'audit_event_tenant', table: 'audit_event', columns: ['tenant_id', 'log_index'], present: 'tenant_id' },
  { name: 'audit_event_request', table: 'audit_event', columns: ['request_id'], present: 'request_id' },
  { name: 'audit_event_correlation', table: 'audit_event', columns: ['correlation_id'], present: 'correlation_id' },
  { name: 'audit_event_action', table: 'audit_event', columns: ['action', 'log_index'] },
  { name: 'audit_event_time', table: 'audit_event', columns: ['occurred_at'] },
  { name: 'audit_receipt_status', table: 'audit_receipt', columns: ['sink', 'status', 'log_index'] },
];

/** CREATE INDEX statements, harmless when the index is there already (but for MySQL, see {@link inlineIndexes}). */
export function createIndexes(dialect: SqlDialectName): string[] {
  if (dialect === 'mysql') return [];
  return INDEXES.map(
    ({ name, table, columns, present }) =>
      `CREATE INDEX IF NOT EXISTS ${name} ON ${table} (${columns.join(', ')})` +
      (present ? ` WHERE ${present} IS NOT NULL` : ''),
  );
}

/** MySQL has no `CREATE INDEX IF NOT EXISTS`: there the indexes are part of CREATE TABLE. */
export function inlineIndexes(dialect: SqlDialectName, table: string): string[] {
  if (dialect !== 'mysql') return [];
  return INDEXES.filter((index) => index.table === table).map(
    ({ name, columns }) => `INDEX ${name} (${columns.join(', ')})`,
  );
}
