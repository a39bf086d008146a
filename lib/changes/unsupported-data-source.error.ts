/**
 * Entity changes of a DataSource can't be recorded.
 *
 * @publicApi
 */
export class UnsupportedDataSourceError extends Error {
  override readonly name = 'UnsupportedDataSourceError';
  readonly code = 'AUDIT_UNSUPPORTED_DATA_SOURCE';

  constructor(
    readonly type: string,
    /** What this version of TypeORM lacks; empty when it is the database that is not supported. */
    readonly missing: readonly string[],
  ) {
    super(
      missing.length === 0
        ? `Entity changes of a TypeORM DataSource of type "${type}" cannot be recorded: its rows could not be read ` +
            'before and after a write. Supported are better-sqlite3, postgres, mysql and mariadb. Take the DataSource ' +
            'out of changes.dataSources, or switch changes.enabled off.'
        : `Entity changes cannot be recorded with the installed version of TypeORM, because it lacks ${missing.join(', ')}. ` +
            'Supported are 0.3.20 and later, and 1.x. Install one of these, or switch changes.enabled off.',
    );
  }
}
