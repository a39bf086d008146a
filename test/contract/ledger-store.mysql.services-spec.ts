import { DataSource } from 'typeorm';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshMysql } from '../support/databases.js';
import { describeWithMysql } from '../support/services.js';
import { describeLedgerStore } from './ledger-store.contract.js';
import { describeDiscard } from './ledger-store-discard.contract.js';
import { describeLeaseStore } from './ledger-store-leases.contract.js';
import { describeLedgerQueries } from './ledger-store-queries.contract.js';
import { describeSqlStore } from './ledger-store-sql.contract.js';
import { sharedHarness, sqlHarness } from './sql-harness.js';

const own = sqlHarness('MySQL', 'mysql', () => freshMysql());

const shared = sharedHarness(
  'MySQL through the DataSource of the application, in a database with another character set',
  'mysql',
  () => freshMysql(undefined, 'CHARACTER SET latin1 COLLATE latin1_german2_ci'),
  (location) => new DataSource({ type: 'mariadb', url: location, charset: 'utf8mb4' }).initialize(),
);

(await describeWithMysql())('MySQL and MariaDB', () => {
  for (const harness of [own, shared]) {
    describeLedgerStore(harness);
    describeLeaseStore(harness);
    describeLedgerQueries(harness);
    describeDiscard(harness);
  }

  describeSqlStore({
    name: 'MySQL',
    fresh: () => freshMysql(),
    dataSource: (location) => ({ type: 'mysql', url: location }),
    storage: (url, migrate) => createStorage({ type: 'mysql', url, migrate }),
    timeZones: ["SET time_zone = '-03:30'", "SET time_zone = '+05:45'"],
    truncates: false,
  });

  describe('a server that would alter what it is given', () => {
    it.each([
      ['NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES', /sql_mode NO_BACKSLASH_ESCAPES/],
      ['', /sql_mode is not strict/],
    ])('is refused: sql_mode %j', async (mode, message) => {
      const { location, drop } = await freshMysql();
      const dataSource = await new DataSource({ type: 'mysql', url: location, poolSize: 1 }).initialize();
      await dataSource.query('SET SESSION sql_mode = ?', [mode]);
      const storage = createStorage({ type: 'datasource', migrate: true }, { dataSource });
      await expect(storage.open()).rejects.toThrow(message);
      await dataSource.destroy();
      await drop();
    });

    it('is refused: a connection that does not speak utf8mb4', async () => {
      const { location, drop } = await freshMysql();
      const dataSource = await new DataSource({ type: 'mysql', url: location, charset: 'latin1' }).initialize();
      const storage = createStorage({ type: 'datasource', migrate: true }, { dataSource });
      await expect(storage.open()).rejects.toThrow(/speaks latin1/);
      await dataSource.destroy();
      await drop();
    });
  });
});
