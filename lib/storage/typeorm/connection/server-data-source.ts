import type { OwnDataSource } from '../sql-database.js';
import { createDataSource } from './create-data-source.js';
import { loadDriver } from './load-driver.js';

const CONNECT_TIMEOUT_MS = 10_000;
const DEFAULT_POOL_SIZE = 5;

const ADVICE =
  'The audit log is in the database that the option storage.url (AUDIT_STORAGE_URL) names: look whether the server is up, ' +
  'can be reached from here, and lets this role in.';

/** A pool of connections to PostgreSQL. Everything that `pg` reads from a URL (`sslmode`, …) works. */
export function postgresDataSource(url: string, poolSize = DEFAULT_POOL_SIZE): OwnDataSource {
  return {
    type: 'postgres',
    advice: ADVICE,
    create: async () =>
      createDataSource({
        type: 'postgres',
        driver: await loadDriver('pg'),
        url,
        poolSize,
        applicationName: 'nestjs-audit-trail',
        connectTimeoutMS: CONNECT_TIMEOUT_MS,
        installExtensions: false,
        // A connection that breaks while idle is replaced; one that breaks in use fails its statement.
        poolErrorHandler: () => undefined,
        extra: { keepAlive: true },
      }),
  };
}

/** TypeORM 0.3 warns without it; 1.x knows only this one. */
const CONNECTOR = { connectorPackage: 'mysql2' };

/** A pool of connections to MySQL or MariaDB. Everything that mysql2 reads from a URL (`ssl`, …) works. */
export function mysqlDataSource(url: string, poolSize = DEFAULT_POOL_SIZE): OwnDataSource {
  return {
    type: 'mysql',
    advice: ADVICE,
    create: async () =>
      createDataSource({
        type: 'mysql',
        driver: await loadDriver('mysql2'),
        url: url.replace(/^mariadb:/, 'mysql:'),
        poolSize,
        charset: 'utf8mb4',
        connectTimeout: CONNECT_TIMEOUT_MS,
        ...CONNECTOR,
        extra: { uri: url.replace(/^mariadb:/, 'mysql:') },
      }),
  };
}
