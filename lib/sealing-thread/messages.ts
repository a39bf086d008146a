import type { ChainAlgorithm } from '../event/audit-record.interface.js';
import type { EventSigningKey } from '../ledger/sealing/event-signer.factory.js';
import type { PackedEvents } from './packed-events.js';
import type { SealReceipt } from '../ledger/seal-receipt.interface.js';
import type { StorageOptions } from '../storage/storage-options.interface.js';

/** What the sealing thread is started with. */
export interface SealingThreadData {
  readonly storage: StorageOptions;
  readonly algorithm?: ChainAlgorithm;
  readonly eventSigning?: EventSigningKey;
}

export type ToThread =
  | {
      readonly kind: 'seal';
      readonly turn: number;
      readonly events: PackedEvents;
      readonly replay: boolean;
      readonly receipts: boolean;
    }
  | { readonly kind: 'close' };

export type FromThread =
  | { readonly kind: 'ready' }
  | { readonly kind: 'sealed'; readonly turn: number; readonly receipts: readonly SealReceipt[] }
  | { readonly kind: 'failed'; readonly turn: number; readonly error: ThreadError }
  /** Full tiles could not be stored; sealing goes on. */
  | { readonly kind: 'untiled'; readonly error: ThreadError }
  | { readonly kind: 'unready'; readonly error: ThreadError };

export interface ThreadError {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  readonly transient?: boolean;
  readonly reason?: string;
}
