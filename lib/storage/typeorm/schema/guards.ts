import type { SqlDialectName } from '../dialect/index.js';
import { eventKeepsItsProof, headKeepsItsRows } from './discard-rules.js';

/** What is guarded against accidents. Who means harm drops the trigger first: the verifier finds that. */
const GUARDS = [
  { table: 'audit_event', operation: 'DELETE', why: 'audit_event is append-only: a sealed event cannot be deleted' },
  { table: 'audit_head', operation: 'DELETE', why: 'audit_head has exactly one row: without it the log has no end' },
] as const;

/** The one change of a sealed event that is allowed: its content goes once it was delivered (delivery mode `remote`). */
const CONDITIONAL = [
  {
    name: 'audit_event_no_update',
    on: 'UPDATE ON audit_event',
    rule: eventKeepsItsProof,
    why: 'audit_event is append-only: a sealed event cannot be changed',
  },
  {
    name: 'audit_head_no_undiscard',
    on: 'UPDATE OF discarded_below ON audit_head',
    rule: headKeepsItsRows,
    why: 'audit_head.discarded_below follows the events whose content is gone: it cannot be set to anything else',
  },
] as const;

/** Triggers that refuse what must never happen to a log; each statement is harmless when repeated. */
export function createGuards(dialect: SqlDialectName): string[] {
  switch (dialect) {
    case 'sqlite':
      return [
        ...GUARDS.map(
          ({ table, operation, why }) =>
            `CREATE TRIGGER IF NOT EXISTS ${triggerName(table, operation)} BEFORE ${operation} ON ${table} ` +
            `BEGIN SELECT RAISE(ABORT, '${why}'); END`,
        ),
        ...CONDITIONAL.map(
          ({ name, on, rule, why }) =>
            `CREATE TRIGGER IF NOT EXISTS ${name} BEFORE ${on} WHEN NOT (${rule('IS')}) ` +
            `BEGIN SELECT RAISE(ABORT, '${why}'); END`,
        ),
      ];
    case 'mysql':
      return [
        ...GUARDS.map(
          ({ table, operation, why }) =>
            `CREATE TRIGGER IF NOT EXISTS ${triggerName(table, operation)} BEFORE ${operation} ON ${table} FOR EACH ROW ` +
            `SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${why}'`,
        ),
        ...CONDITIONAL.map(
          ({ name, on, rule, why }) =>
            `CREATE TRIGGER IF NOT EXISTS ${name} BEFORE ${on.replace(' OF discarded_below', '')} FOR EACH ROW ` +
            `IF NOT (${rule('<=>')}) THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = '${why}'; END IF`,
        ),
      ];
    case 'postgres':
      return [
        'CREATE OR REPLACE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ ' +
          "BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$",
        ...GUARDS.flatMap(({ table, operation, why }) => postgresTrigger(table, operation, why)),
        ...postgresTrigger('audit_event', 'TRUNCATE', 'audit_event is append-only: the log cannot be emptied'),
        ...postgresTrigger('audit_head', 'TRUNCATE', 'audit_head has exactly one row: without it the log has no end'),
        ...CONDITIONAL.flatMap(({ name, on, rule, why }) => postgresRule(name, on, rule, why)),
      ];
  }
}

/** Per statement, so that it is refused even where a rule or policy hides its rows. */
function postgresTrigger(table: string, operation: string, why: string): string[] {
  const name = triggerName(table, operation);
  return [
    `DROP TRIGGER IF EXISTS ${name} ON ${table}`,
    `CREATE TRIGGER ${name} BEFORE ${operation} ON ${table} FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse('${why}')`,
  ];
}

/** Per row. Tables are named with the schema of the trigger's own, since a temporary table could stand in for them. */
function postgresRule(name: string, on: string, rule: (same: string) => string, why: string): string[] {
  const condition = rule('IS NOT DISTINCT FROM')
    .replaceAll('NEW.', '($1).')
    .replaceAll('OLD.', '($2).')
    .replaceAll(/\baudit_(?:event|receipt_run|receipt|delivery)\b/g, '%1$I.$&');
  const table = on.slice(on.lastIndexOf(' ') + 1);
  return [
    `CREATE OR REPLACE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $body$ DECLARE allowed boolean; BEGIN ` +
      `EXECUTE format($rule$SELECT ${condition}$rule$, TG_TABLE_SCHEMA) INTO allowed USING NEW, OLD; ` +
      "IF allowed THEN RETURN NEW; END IF; RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $body$",
    `DROP TRIGGER IF EXISTS ${name} ON ${table}`,
    `CREATE TRIGGER ${name} BEFORE ${on} FOR EACH ROW EXECUTE FUNCTION ${name}('${why}')`,
  ];
}

/** Functions that {@link createGuards} makes on PostgreSQL. */
export const GUARD_FUNCTIONS = ['audit_refuse', ...CONDITIONAL.map(({ name }) => name)];

function triggerName(table: string, operation: string): string {
  return `${table}_no_${operation.toLowerCase()}`;
}
