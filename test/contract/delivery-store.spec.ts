import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import { describeDeliveryStore } from './delivery-store.contract.js';
import { sqlHarness } from './sql-harness.js';

describeDeliveryStore({
  name: 'memory',
  kind: 'memory',
  writers: 'one',
  durable: false,
  create: async () => ({ connect: async () => createStorage({ type: 'memory' }), drop: async () => undefined }),
});
describeDeliveryStore(sqlHarness('SQLite', 'sqlite', freshSqliteFile));
describeDeliveryStore(sqlHarness('PostgreSQL', 'postgres', freshPostgres));
