import { StoreError } from './store.error.js';

/** The log's one head row is not there. */
export class MissingHeadError extends StoreError {
  override readonly name = 'MissingHeadError';

  constructor() {
    super(
      'The row of audit_head is gone, and nothing can be appended to a log without its head. Somebody has deleted it: ' +
        'verify the log, and restore the row from a backup or a checkpoint.',
      { reason: 'schema' },
    );
  }
}
