import { StoreError } from '../../../ledger/store.error.js';

type DriverName = 'typeorm' | 'better-sqlite3' | 'pg' | 'mysql2';

/** Typed as unknown, because declarations of this package must not name optional ones. */
const LOADERS: Readonly<Record<DriverName, () => Promise<unknown>>> = {
  typeorm: () => import('typeorm'),
  'better-sqlite3': () => import('better-sqlite3'),
  pg: () => import('pg'),
  mysql2: () => import('mysql2'),
};

/** Loads an optional package when it is needed for the first time. @throws StoreError with the command that installs it */
export async function loadDriver(name: DriverName): Promise<unknown> {
  try {
    const module = (await LOADERS[name]()) as { default?: unknown };
    return module.default ?? module;
  } catch (error) {
    throw new StoreError(
      `The storage of the audit log needs the package "${name}", which could not be loaded: ` +
        `${(error as Error).message}. Install it: npm install ${name}`,
      { reason: 'schema', cause: error },
    );
  }
}
