import type { SealableEvent } from '../../event/sealable-event.js';
import type { SealReceipt } from '../seal-receipt.interface.js';
import type { Sealer, SealRequest } from './sealer.interface.js';

/** Stands in for a sealer that exists only after the start. */
export class DeferredSealer implements Sealer {
  private sealer: Sealer | null = null;

  settle(sealer: Sealer): void {
    this.sealer = sealer;
  }

  async seal(events: readonly SealableEvent[], request: SealRequest): Promise<readonly SealReceipt[]> {
    if (!this.sealer) throw new Error('The audit store is not open yet.');
    return this.sealer.seal(events, request);
  }

  async close(): Promise<void> {
    await this.sealer?.close();
  }
}
