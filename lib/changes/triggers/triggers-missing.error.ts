const NO_TRIGGER =
  'no table of the database has the trigger "audit_row", so changes by raw SQL would go unrecorded. Run ' +
  'sql/triggers.postgres.sql of this package, then SELECT audit_attach(…) for each table (see auditTriggerStatements), ' +
  'or switch changes.triggers off.';
const NO_PLACE =
  'no DataSource whose changes are recorded is a PostgreSQL that also keeps the audit log, so what triggers write into ' +
  "audit_outbox would never be sealed. Keep the log there with storage: { type: 'datasource', dataSource: '<its name>' } " +
  'and name it in changes.dataSources, or switch changes.triggers off.';

/**
 * Raw SQL was to be recorded by triggers, but no table has one, or none could have one.
 *
 * @publicApi
 */
export class TriggersMissingError extends Error {
  override readonly name = 'TriggersMissingError';
  readonly code = 'AUDIT_TRIGGERS_MISSING';

  constructor(
    /** What is missing: a table with a trigger, or a database where one makes sense. */
    readonly missing: 'trigger' | 'place',
  ) {
    super(`changes.triggers is on, but ${missing === 'trigger' ? NO_TRIGGER : NO_PLACE}`);
  }
}
