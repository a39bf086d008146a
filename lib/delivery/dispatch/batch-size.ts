import type { StoredLine } from '../../ledger/ledger-store.port.js';
import type { SinkCursor } from '../delivery-store.port.js';
import { isBreakerOpen } from '../retry/index.js';
import type { BatchLimits } from './planned-batch.js';
import type { SinkBinding } from './sink-binding.js';

const TYPICAL_EVENT_BYTES = 2048;

/** How large the next batch of a sink may be: as configured, one event while it is tried whether the sink works again. */
export class BatchSize {
  private averageBytes = TYPICAL_EVENT_BYTES;

  constructor(private readonly binding: SinkBinding) {}

  limits(cursor: SinkCursor): BatchLimits {
    const thorough = cursor.attempts > 0;
    if (cursor.batchEnd !== null) return { maxEvents: Infinity, maxBytes: Infinity, thorough };
    const { maxBatch, maxBatchBytes } = this.binding;
    return { maxEvents: this.isProbe(cursor) ? 1 : maxBatch, maxBytes: maxBatchBytes, thorough };
  }

  /** How many rows to read for it. */
  rows(cursor: SinkCursor): number {
    if (cursor.batchEnd !== null) return Math.max(1, cursor.batchEnd - cursor.nextIndex);
    if (this.isProbe(cursor)) return 1;
    const fitting = Math.ceil(this.binding.maxBatchBytes / this.averageBytes);
    return Math.max(1, Math.min(this.binding.maxBatch, fitting));
  }

  /** Rows are read by number, so memory is bounded by guessing their size from the last ones. */
  note(rows: readonly StoredLine[]): void {
    if (rows.length === 0) return;
    const bytes = rows.reduce((sum, row) => sum + row.record.length + (row.sections?.length ?? 0), 0) / rows.length;
    this.averageBytes = Math.max(1, (this.averageBytes + bytes) / 2);
  }

  private isProbe({ state, attempts }: SinkCursor): boolean {
    return this.binding.sink.identity !== 'batch' && (state === 'held' || isBreakerOpen(this.binding.retry, attempts));
  }
}
