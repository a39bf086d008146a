/**
 * A DataSource that `changes.dataSources` names does not exist.
 *
 * @publicApi
 */
export class DataSourceMissingError extends Error {
  override readonly name = 'DataSourceMissingError';
  readonly code = 'AUDIT_DATA_SOURCE_MISSING';

  constructor(readonly dataSource: string) {
    super(
      `The option changes.dataSources names "${dataSource}", but the application has no TypeORM DataSource of that name, ` +
        'so none of its changes would be recorded. Register it with TypeOrmModule.forRoot({ name: … }), or take the ' +
        'name out of the option.',
    );
  }
}
