import { Client } from 'pg';
import { DataSource } from 'typeorm';
import { createStorage } from '../../lib/storage/storage.factory.js';
import { freshPostgres, freshPostgresDatabase } from '../support/databases.js';
import { describeLedgerStore } from './ledger-store.contract.js';
import { describeDiscard } from './ledger-store-discard.contract.js';
import { describeLeaseStore } from './ledger-store-leases.contract.js';
import { describeLedgerQueries } from './ledger-store-queries.contract.js';
import { describeSqlStore } from './ledger-store-sql.contract.js';
import { sharedHarness, sqlHarness } from './sql-harness.js';

/** A database that sorts and compares in the way of people, not of bytes. */
const ICU = "TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'de-u-ks-level1' LOCALE 'C'";

const own = (name: string, fresh = freshPostgres) => sqlHarness(name, 'postgres', fresh);

const shared = sharedHarness(
  'PostgreSQL through the DataSource of the application, which likes SERIALIZABLE',
  'postgres',
  freshPostgres,
  (location) =>
    new DataSource({
      type: 'postgres',
      url: location,
      extra: { connectionString: `${location}%20-c%20default_transaction_isolation=serializable` },
    }).initialize(),
);

/** A driver that, like libpq's binding, knows parameters as text only. */
class TextOnlyClient extends Client {
  override query(...args: unknown[]): never {
    const [sql, values, ...rest] = args;
    const texts = Array.isArray(values)
      ? values.map((value) => (Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : (value as unknown)))
      : values;
    return (super.query as (...all: unknown[]) => never).call(this, sql, texts, ...rest);
  }
}

const textOnly = sharedHarness(
  'PostgreSQL through a driver without binary parameters',
  'postgres',
  freshPostgres,
  (location) => new DataSource({ type: 'postgres', url: location, extra: { Client: TextOnlyClient } }).initialize(),
  'one',
);

describeLedgerStore(textOnly);
for (const harness of [own('PostgreSQL'), shared]) {
  describeLedgerStore(harness);
  describeLeaseStore(harness);
}
for (const harness of [
  own('PostgreSQL'),
  own('PostgreSQL with a German collation', () => freshPostgresDatabase(ICU)),
]) {
  describeLedgerQueries(harness);
  describeDiscard(harness);
}

describeSqlStore({
  name: 'PostgreSQL',
  fresh: () => freshPostgres(),
  dataSource: (location) => ({ type: 'postgres', url: location }),
  storage: (url, migrate) => createStorage({ type: 'postgres', url, migrate }),
  timeZones: ["SET TIME ZONE 'America/St_Johns'", "SET TIME ZONE 'Asia/Kathmandu'"],
  truncates: true,
});
