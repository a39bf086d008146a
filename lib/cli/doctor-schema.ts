import type { SqlDatabase } from '../storage/typeorm/sql-database.js';
import { AUDIT_TABLES } from '../storage/typeorm/schema/tables.js';
import type { Diagnosis, DoctorCheck } from './doctor-check.interface.js';

/** Triggers that the migration makes everywhere. */
const GUARDS = ['audit_event_no_update', 'audit_event_no_delete', 'audit_head_no_delete', 'audit_head_no_undiscard'];
/** And on PostgreSQL. */
const MORE_GUARDS = ['audit_event_no_truncate', 'audit_head_no_truncate'];

const LIST: Readonly<Record<SqlDatabase['dialect']['name'], string>> = {
  sqlite: `SELECT name FROM sqlite_master WHERE type = 'trigger' AND lower(tbl_name) IN (${inSql(AUDIT_TABLES)})`,
  postgres:
    "SELECT tgname AS name FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' " +
    `AND tgrelid IN (SELECT to_regclass(name) FROM unnest(ARRAY[${inSql(AUDIT_TABLES)}]) AS name)`,
  mysql:
    'SELECT TRIGGER_NAME AS name FROM information_schema.TRIGGERS ' +
    `WHERE EVENT_OBJECT_SCHEMA = DATABASE() AND EVENT_OBJECT_TABLE IN (${inSql(AUDIT_TABLES)})`,
};

/** What stands in for a table, or in front of it, decides what is read and written. */
const STAND_INS: typeof LIST = {
  sqlite: `SELECT name FROM sqlite_master WHERE type <> 'table' AND lower(name) IN (${inSql(AUDIT_TABLES)})`,
  postgres:
    "SELECT relname AS name FROM pg_class WHERE (relkind NOT IN ('r', 'p') OR relhasrules OR relrowsecurity) " +
    `AND oid IN (SELECT to_regclass(name) FROM unnest(ARRAY[${inSql(AUDIT_TABLES)}]) AS name)`,
  mysql:
    "SELECT TABLE_NAME AS name FROM information_schema.TABLES WHERE TABLE_TYPE <> 'BASE TABLE' " +
    `AND TABLE_SCHEMA = DATABASE() AND TABLE_NAME IN (${inSql(AUDIT_TABLES)})`,
};

/** Opening has checked the tables; without their triggers an accident can change them. */
export const checkSchema: DoctorCheck = async ({ storage: { database, kind } }) => {
  if (!database) return [{ name: 'schema', status: 'good', message: `a ${kind} store has no tables` }];
  const rows = await database.query<{ name: string }>(LIST[database.dialect.name]);
  const present = new Set(rows.map(({ name }) => name));
  const standIns = await database.query<{ name: string }>(STAND_INS[database.dialect.name]);
  const missing = GUARDS.filter((name) => !present.has(name));
  return [
    standIns.length === 0
      ? { name: 'schema', status: 'good', message: 'all tables are there' }
      : {
          name: 'schema',
          status: 'bad',
          message:
            `${standIns.map(({ name }) => name).join(', ')}: a view, or a table with rules or row security. It can show ` +
            'each reader another log. Find out who made it; verify an export.',
        },
    missing.length === 0
      ? { name: 'triggers', status: 'good', message: 'UPDATE and DELETE of sealed events are refused' }
      : {
          name: 'triggers',
          status: 'bad',
          message:
            `${missing.join(', ')} missing or disabled: an accident can change sealed events, or somebody took them away. ` +
            'Verify the log, then run "nestjs-audit-trail migrate" on a new database, or create the triggers again.',
        },
    ...strangers([...present].filter((name) => !GUARDS.includes(name) && !MORE_GUARDS.includes(name))),
  ];
};

/** A trigger can drop or change a row on its way in, or withhold a checkpoint from the anchors. */
function strangers(names: readonly string[]): Diagnosis[] {
  if (names.length === 0) return [];
  return [
    {
      name: 'triggers',
      status: 'bad',
      message:
        `${names.join(', ')} on the tables of the log ${names.length === 1 ? 'is' : 'are'} not of this library, and may ` +
        'change what is written there. Find out who made it; verify the log.',
    },
  ];
}

function inSql(names: readonly string[]): string {
  return names.map((name) => `'${name}'`).join(', ');
}
