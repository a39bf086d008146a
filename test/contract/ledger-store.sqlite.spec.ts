import { DataSource } from 'typeorm';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshSqliteFile } from '../support/databases.js';
import { describeLedgerStore } from './ledger-store.contract.js';
import { describeDiscard } from './ledger-store-discard.contract.js';
import { describeLeaseStore } from './ledger-store-leases.contract.js';
import { describeLedgerQueries } from './ledger-store-queries.contract.js';
import { describeSqlStore } from './ledger-store-sql.contract.js';
import { sharedHarness, sqlHarness } from './sql-harness.js';

const file = sqlHarness('SQLite file', 'sqlite', freshSqliteFile);

/** The application's one connection; a second storage is a second user of the same. */
const shared = sharedHarness(
  'SQLite through the DataSource of the application',
  'sqlite',
  freshSqliteFile,
  (location) => new DataSource({ type: 'better-sqlite3', database: location }).initialize(),
  'one',
);

for (const harness of [file, shared]) {
  describeLedgerStore(harness);
  describeLeaseStore(harness);
  describeDiscard(harness);
}
describeLedgerQueries(file);

describeSqlStore({
  name: 'SQLite',
  fresh: async () => freshSqliteFile(),
  dataSource: (location) => ({ type: 'better-sqlite3', database: location }),
  storage: (path, migrate) => createStorage({ type: 'sqlite', path, migrate }),
  timeZones: [''],
  truncates: false,
});
