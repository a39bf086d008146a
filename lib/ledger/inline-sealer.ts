import type { SealableEvent } from '../event/sealable-event.js';
import type { Ledger } from './ledger.js';
import type { Sealer, SealRequest } from './queue/sealer.interface.js';
import type { SealReceipt } from './seal-receipt.interface.js';

/** Seals on the thread that calls it. */
export class InlineSealer implements Sealer {
  constructor(private readonly ledger: Ledger) {}

  seal(events: readonly SealableEvent[], { replay }: SealRequest): Promise<readonly SealReceipt[]> {
    return this.ledger.append(events, replay);
  }

  async close(): Promise<void> {
    // The store belongs to whoever opened it.
  }
}
