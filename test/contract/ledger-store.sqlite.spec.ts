import { DataSource } from 'typeorm';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshSqliteFile } from '../support/databases.js';
import { describeLedgerStore } from './ledger-store.contract.js';
import type { StoreHarness } from './ledger-store.harness.js';
import { describeDiscard } from './ledger-store-discard.contract.js';
import { describeLeaseStore } from './ledger-store-leases.contract.js';
import { describeLedgerQueries } from './ledger-store-queries.contract.js';
import { describeSqlStore } from './ledger-store-sql.contract.js';

const file: StoreHarness = {
  name: 'SQLite file',
  kind: 'sqlite',
  writers: 'many',
  durable: true,
  create: async () => {
    const { location, drop } = freshSqliteFile();
    return {
      connect: async () => {
        const storage = createStorage({ type: 'sqlite', path: location });
        await storage.open();
        return storage;
      },
      drop,
    };
  },
};

/** The application's one connection; a second storage is a second user of the same. */
const shared: StoreHarness = {
  name: 'SQLite through the DataSource of the application',
  kind: 'sqlite',
  writers: 'many',
  durable: true,
  create: async () => {
    const { location, drop } = freshSqliteFile();
    const dataSource = await new DataSource({ type: 'better-sqlite3', database: location }).initialize();
    return {
      connect: async () => {
        const storage = createStorage({ type: 'datasource', migrate: true }, { dataSource });
        await storage.open();
        return storage;
      },
      drop: async () => {
        await dataSource.destroy();
        await drop();
      },
    };
  },
};

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
