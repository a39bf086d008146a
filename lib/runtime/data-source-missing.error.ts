/** Options that name a DataSource of the application, and what fails without it. */
const CONSEQUENCES = {
  'changes.dataSources': 'none of its changes would be recorded',
  'storage.dataSource': 'the log would have no place',
} as const;

/**
 * A DataSource that `changes.dataSources` or `storage.dataSource` names does not exist.
 *
 * @publicApi
 */
export class DataSourceMissingError extends Error {
  override readonly name = 'DataSourceMissingError';
  readonly code = 'AUDIT_DATA_SOURCE_MISSING';

  constructor(
    readonly dataSource: string,
    option: keyof typeof CONSEQUENCES,
  ) {
    super(
      `The option ${option} names "${dataSource}", but the application has no TypeORM DataSource of that name, ` +
        `so ${CONSEQUENCES[option]}. Register it with TypeOrmModule.forRoot({ name: … }), or change the option.`,
    );
  }
}
