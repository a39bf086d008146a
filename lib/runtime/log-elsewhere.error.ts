/**
 * An event was to be written in a transaction of a DataSource that does not keep the log.
 *
 * @publicApi
 */
export class LogElsewhereError extends Error {
  override readonly name = 'LogElsewhereError';
  readonly code = 'AUDIT_LOG_ELSEWHERE';

  constructor() {
    super(
      "log(event, { manager }) writes the event in the manager's own transaction, but the audit log is not kept in its " +
        'DataSource, so the two could not commit or roll back together. Keep the log there with ' +
        "storage: { type: 'datasource', dataSource: '<its name>' }, or call log(event) after the commit.",
    );
  }
}
