import type { AppendBatch, LogState as SealingState } from '../../../ledger/ledger-store.port.js';
import type { LogSource } from './log-source.interface.js';

/** A log in files, for one of its users. */
export interface FileLog extends LogSource {
  open(): Promise<void>;
  close(): Promise<void>;
  /** See {@link LedgerStore.append}. */
  append(batch: AppendBatch): Promise<boolean>;
  /** See {@link LedgerStore.appendLocked}. */
  appendLocked(streams: readonly string[], seal: (state: SealingState) => AppendBatch | null): Promise<void>;
  /** Writes the log's name into its head. */
  nameLog(origin: string): Promise<void>;
}
