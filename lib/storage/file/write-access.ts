import { StoreError } from '../../ledger/store.error.js';

/** Whether the files of a log may be written to by this storage. */
export class WriteAccess {
  constructor(
    private readonly log: string,
    readonly isWritable: boolean,
  ) {}

  /** @throws {StoreError} with reason `refused` */
  assertWritable(): void {
    if (this.isWritable) return;
    throw new StoreError(
      `The audit log ${this.log} was opened for reading only: another process may be writing to it. Do this in the ` +
        'application, or stop it and open the log for writing.',
      { reason: 'refused' },
    );
  }
}
