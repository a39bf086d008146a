import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import { freshMysql, freshPostgres, freshSqliteFile } from '../support/databases.js';
import type { FreshDatabase } from '../support/databases.js';

type Value = string | number | bigint | null;

/** A log in a database, and somebody who may do anything to it. */
export interface TamperedLog {
  readonly storage: AuditStorage;
  /** Runs SQL with `?` for parameters, past all guards. */
  sql(statement: string, ...params: Value[]): Promise<number>;
  rows<T>(statement: string, ...params: Value[]): Promise<T[]>;
  /** Another connection to the same log, as after a restart. */
  reopen(): Promise<AuditStorage>;
  drop(): Promise<void>;
}

export interface TamperHarness {
  readonly name: string;
  create(): Promise<TamperedLog>;
}

const GUARDS = ['audit_event_no_update', 'audit_event_no_delete', 'audit_head_no_delete'];

export const sqliteTampering: TamperHarness = {
  name: 'SQLite',
  create: () => begin(freshSqliteFile(), 'sqlite'),
};

export const postgresTampering: TamperHarness = {
  name: 'PostgreSQL',
  create: async () => begin(await freshPostgres(), 'postgres'),
};

export const mysqlTampering: TamperHarness = {
  name: 'MariaDB',
  create: async () => begin(await freshMysql(), 'mysql'),
};

async function begin({ location, drop }: FreshDatabase, type: 'sqlite' | 'postgres' | 'mysql'): Promise<TamperedLog> {
  const open: AuditStorage[] = [];
  const reopen = async () => {
    const storage = createStorage({ type, path: location, url: location, migrate: true, poolSize: 2 });
    await storage.open();
    open.push(storage);
    return storage;
  };
  const storage = await reopen();
  const attacker = (await reopen()).database as SqlDatabase;
  // What survives a power cut is not asked here, and hundreds of small changes are faster.
  if (type === 'sqlite') await attacker.query('PRAGMA synchronous = OFF');
  for (const guard of GUARDS) {
    const on = type === 'postgres' ? ` ON ${guard.replace(/_no_.*/, '')}` : '';
    await attacker.execute(`DROP TRIGGER ${guard}${on}`);
  }
  return {
    storage,
    reopen,
    sql: (statement, ...params) => attacker.execute(statement, params),
    rows: (statement, ...params) => attacker.query(statement, params),
    drop: async () => {
      for (const one of open) await one.close();
      await drop();
    },
  };
}
