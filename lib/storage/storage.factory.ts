import type { DataSource } from 'typeorm';
import { StoreError } from '../ledger/store.error.js';
import { FileStorage } from './file/file-storage.js';
import { MemoryStorage } from './memory/memory-storage.js';
import type { StorageOptions } from './storage-options.interface.js';
import type { AuditStorage } from './storage.interface.js';
import { mysqlDataSource, postgresDataSource } from './typeorm/connection/server-data-source.js';
import { sqliteDataSource } from './typeorm/connection/sqlite-data-source.js';
import { SqlDatabase } from './typeorm/sql-database.js';
import { SqlStorage } from './typeorm/sql-storage.js';

/** What cannot be said in plain data. */
export interface StorageDependencies {
  /** The application's DataSource, for `type: 'datasource'`. */
  readonly dataSource?: DataSource;
}

type StorageBuilder = (options: StorageOptions, dependencies: StorageDependencies) => AuditStorage;

const DEFAULT_LOCK_WAIT_MS = 5000;

/** One line for each kind of storage. */
const BUILDERS: Record<StorageOptions['type'], StorageBuilder> = {
  memory: () => new MemoryStorage(),
  file: ({ path = './audit.jsonl', ...options }) => new FileStorage({ ...options, path }),
  sqlite: ({ path = './audit.sqlite', migrate = true, lockWaitMs = DEFAULT_LOCK_WAIT_MS }) =>
    new SqlStorage(new SqlDatabase(sqliteDataSource(path, lockWaitMs), { migrate, lockWaitMs })),
  postgres: (options) =>
    new SqlStorage(new SqlDatabase(postgresDataSource(urlOf(options), options.poolSize), { migrate: options.migrate })),
  mysql: (options) =>
    new SqlStorage(new SqlDatabase(mysqlDataSource(urlOf(options), options.poolSize), { migrate: options.migrate })),
  datasource: ({ dataSource: name = 'default', migrate, lockWaitMs }, { dataSource }) => {
    if (dataSource) return new SqlStorage(new SqlDatabase(dataSource, { migrate, lockWaitMs }));
    throw new StoreError(
      `The storage option says that the log is kept in the application's DataSource "${name}", but none was handed in. ` +
        'Register it with TypeOrmModule.forRoot before the audit module, or choose another storage type.',
      { reason: 'closed' },
    );
  },
};

/**
 * Makes the storage that the options describe; `open` connects it. The database drivers are loaded then, and only the
 * one that is needed.
 * @throws StoreError when an option is missing
 */
export function createStorage(options: StorageOptions, dependencies: StorageDependencies = {}): AuditStorage {
  const build = BUILDERS[options.type];
  if (build) return build(options, dependencies);
  throw new StoreError(
    `There is no storage of type "${options.type}". Known types: ${Object.keys(BUILDERS).join(', ')}.`,
    { reason: 'closed' },
  );
}

function urlOf({ type, url }: StorageOptions): string {
  if (url) return url;
  throw new StoreError(
    `The storage type "${type}" needs the option "url" (AUDIT_STORAGE_URL), for example ${type}://user:password@host/name.`,
    { reason: 'closed' },
  );
}
