import type { AppendBatch, LogState } from '../../../ledger/ledger-store.port.js';

/** Appends to the log in the way of one database. */
export interface LedgerAppender {
  append(batch: AppendBatch): Promise<boolean>;
  appendLocked(streams: readonly string[], seal: (state: LogState) => AppendBatch | null): Promise<void>;
}
