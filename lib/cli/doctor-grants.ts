import { StoreError } from '../ledger/store.error.js';
import type { SqlDatabase } from '../storage/typeorm/sql-database.js';
import type { Diagnosis, DoctorCheck } from './doctor-check.interface.js';

/** What whoever holds the application's password could do to sealed events. */
export const checkGrants: DoctorCheck = async ({ storage: { database } }) => {
  if (!database || database.dialect.name === 'sqlite') {
    return [
      {
        name: 'grants',
        status: 'note',
        message: 'a file has no roles: whoever can write to it can change everything. Anchors are what protects it',
      },
    ];
  }
  const excess = database.dialect.name === 'postgres' ? await postgresExcess(database) : await mysqlExcess(database);
  return [excess.length === 0 ? FINE : tooMuch(excess, database.dialect.name)];
};

const FINE: Diagnosis = {
  name: 'grants',
  status: 'good',
  message: 'this role can neither change nor delete sealed events',
};

function tooMuch(excess: readonly string[], dialect: string): Diagnosis {
  return {
    name: 'grants',
    status: 'note',
    message:
      `this role ${excess.join(', ')}. An application should not: give it the role of ` +
      `sql/roles.${dialect}.sql. (For an administrator that is as it should be.)`,
  };
}

async function postgresExcess(database: SqlDatabase): Promise<string[]> {
  const [role] = await database.query<Record<string, unknown>>(
    'SELECT r.rolsuper AS superuser, ' +
      "pg_has_role(current_user, c.relowner, 'USAGE') AS owner, " +
      "has_table_privilege('audit_event', 'UPDATE') AS may_update, " +
      "has_table_privilege('audit_event', 'DELETE') AS may_delete, " +
      "has_table_privilege('audit_event', 'TRUNCATE') AS may_truncate " +
      "FROM pg_roles r, pg_class c WHERE r.rolname = current_user AND c.oid = to_regclass('audit_event')",
  );
  if (role?.superuser === true) return ['is a superuser'];
  const named: [string, string][] = [
    ['owner', 'owns the tables'],
    ['may_update', 'may UPDATE audit_event'],
    ['may_delete', 'may DELETE from audit_event'],
    ['may_truncate', 'may TRUNCATE audit_event'],
  ];
  return named.filter(([column]) => role?.[column] === true).map(([, text]) => text);
}

/** EXPLAIN asks for the privileges of the statement that it explains, through whatever role they come, and runs nothing. */
async function mysqlExcess(database: SqlDatabase): Promise<string[]> {
  const asked: [string, string][] = [
    ['EXPLAIN UPDATE audit_event SET action = action WHERE 1 = 0', 'may UPDATE audit_event'],
    ['EXPLAIN DELETE FROM audit_event WHERE 1 = 0', 'may DELETE from audit_event'],
  ];
  const excess: string[] = [];
  for (const [sql, text] of asked) {
    try {
      await database.query(sql);
      excess.push(text);
    } catch (error) {
      if (!(error instanceof StoreError) || error.reason !== 'schema') throw error;
    }
  }
  return excess;
}
