import { StoreError } from '../../../ledger/store.error.js';

/** The file is not as this process left it. What is in it has to be found out before anything is appended. */
export class FileChangedError extends StoreError {
  override readonly name = 'FileChangedError';

  constructor(path: string) {
    super(
      `The log's file ${path} was changed or replaced by somebody else while it was open. What is in it is found out ` +
        'before anything is appended; verify the log.',
      { reason: 'unknown' },
    );
  }
}
