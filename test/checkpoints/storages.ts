import { createStorage } from '../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import type { StorageOptions } from '../../lib/storage/storage-options.interface.js';
import { freshMysql, freshPostgres, freshSqliteFile } from '../support/databases.js';
import type { FreshDatabase } from '../support/databases.js';

/** A kind of store with a place of its own for each test. */
export interface StorageKind {
  readonly kind: 'memory' | 'sqlite' | 'postgres' | 'mysql';
  create(): Promise<Place>;
}

/** Where one log is kept; it can be opened more than once, as by several processes. */
export interface Place {
  readonly options: StorageOptions;
  open(): Promise<AuditStorage>;
  drop(): Promise<void>;
}

/** Kinds that `npm test` has without any server. */
export const STORAGES: readonly StorageKind[] = [
  {
    kind: 'memory',
    create: async () => {
      const options: StorageOptions = { type: 'memory' };
      const storage = createStorage(options);
      return { options, open: async () => storage, drop: () => storage.close() };
    },
  },
  {
    kind: 'sqlite',
    create: async () => place(freshSqliteFile(), (path) => ({ type: 'sqlite', path, migrate: true })),
  },
  {
    kind: 'postgres',
    create: async () => place(await freshPostgres(), (url) => ({ type: 'postgres', url, migrate: true, poolSize: 2 })),
  },
];

/** For suites that find a server. */
export const MYSQL: StorageKind = {
  kind: 'mysql',
  create: async () => place(await freshMysql(), (url) => ({ type: 'mysql', url, migrate: true, poolSize: 2 })),
};

/** Kinds that several processes can open. */
export const SHARED_STORAGES = STORAGES.filter(({ kind }) => kind !== 'memory');

function place(database: FreshDatabase, describe: (location: string) => StorageOptions): Place {
  const options = describe(database.location);
  const opened: AuditStorage[] = [];
  return {
    options,
    open: async () => {
      const storage = createStorage(options);
      await storage.open();
      opened.push(storage);
      return storage;
    },
    drop: async () => {
      for (const storage of opened) await storage.close();
      await database.drop();
    },
  };
}
