import type { DataSource } from 'typeorm';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { StorageOptions } from '../../lib/storage/storage-options.interface.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { FreshDatabase } from '../support/databases.js';
import type { StoreHarness } from './ledger-store.harness.js';

type SqlKind = 'sqlite' | 'postgres' | 'mysql';
type Fresh = () => FreshDatabase | Promise<FreshDatabase>;

const TRAITS = { writers: 'many', durable: true } as const;

/** A store on a connection of its own. */
export function sqlHarness(name: string, kind: SqlKind, fresh: Fresh): StoreHarness {
  return {
    name,
    kind,
    ...TRAITS,
    create: async () => {
      const { location, drop } = await fresh();
      const where: StorageOptions = kind === 'sqlite' ? { type: kind, path: location } : { type: kind, url: location };
      return { connect: () => opened(createStorage({ ...where, migrate: true })), drop };
    },
  };
}

/**
 * A store on a DataSource of the application.
 *
 * @param dataSource makes one that is initialised
 * @param users `one`: all who connect share one, as on SQLite they must
 */
export function sharedHarness(
  name: string,
  kind: SqlKind,
  fresh: Fresh,
  dataSource: (location: string) => Promise<DataSource>,
  users: 'one' | 'each' = 'each',
): StoreHarness {
  return {
    name,
    kind,
    ...TRAITS,
    create: async () => {
      const { location, drop } = await fresh();
      const sources: DataSource[] = [];
      const connectAnew = async () => {
        const source = await dataSource(location);
        sources.push(source);
        return source;
      };
      const one = users === 'one' ? await connectAnew() : undefined;
      return {
        connect: async () =>
          opened(createStorage({ type: 'datasource', migrate: true }, { dataSource: one ?? (await connectAnew()) })),
        drop: async () => {
          await Promise.all(sources.map((source) => source.destroy()));
          await drop();
        },
      };
    },
  };
}

async function opened(storage: AuditStorage): Promise<AuditStorage> {
  await storage.open();
  return storage;
}
