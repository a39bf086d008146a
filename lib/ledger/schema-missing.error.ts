import { StoreError } from './store.error.js';

/**
 * The database has no audit tables, or lacks some, and creating them was not asked for.
 *
 * @publicApi
 */
export class SchemaMissingError extends StoreError {
  override readonly name = 'SchemaMissingError';

  constructor(
    /** Names of the tables that are not there. */
    readonly missing: readonly string[],
    cause?: unknown,
  ) {
    super(
      `The audit database lacks ${missing.map((table) => `"${table}"`).join(', ')}: nothing can be recorded. ` +
        'Run the library\'s migrations, once per release: add AUDIT_MIGRATIONS to the "migrations" of your TypeORM ' +
        'DataSource and run "typeorm migration:run", or let the library do it at start with ' +
        '"storage: { migrate: true }" (AUDIT_STORAGE_MIGRATE=true). If the tables exist, the connection looks into ' +
        'another database or schema, or its role may not see them.',
      { reason: 'schema', cause },
    );
  }
}
