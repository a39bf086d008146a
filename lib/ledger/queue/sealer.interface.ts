import type { SealableEvent } from '../../event/sealable-event.js';
import type { SealReceipt } from '../seal-receipt.interface.js';

export interface SealRequest {
  /** The events' earlier append had an unclear end: seal only those that are not in the log yet. */
  readonly replay: boolean;
  /** Whether anybody waits for receipts; without, the result may be empty. */
  readonly receipts: boolean;
}

/** Seals batches, on this thread or another. One batch at a time. */
export interface Sealer {
  /** @throws an error whose `transient` is false when the same events can never be stored; any other is worth a retry */
  seal(events: readonly SealableEvent[], request: SealRequest): Promise<readonly SealReceipt[]>;
  close(): Promise<void>;
}
