import type { DeliveryReceipt, SinkCursor } from '../../../lib/delivery/delivery-store.port.js';
import type { StoredEvent } from '../../../lib/ledger/ledger-store.port.js';

const AT = Date.parse('2026-11-21T20:44:00.123Z');

/** A receipt of an event that arrived at the sink `remote`. */
export function receipt({ eventId, logIndex }: StoredEvent): DeliveryReceipt {
  return {
    sink: 'remote',
    eventId,
    logIndex,
    status: 'delivered',
    txId: `tx-${logIndex}`,
    payloadHash: null,
    duplicate: false,
    remoteStatus: 'accepted',
    attempts: 1,
    nextAttemptAt: null,
    lastError: null,
    raw: null,
    updatedAt: AT,
  };
}

/** Where the sink `remote` stands. */
export function cursorAt(nextIndex: number): SinkCursor {
  return {
    sink: 'remote',
    nextIndex,
    batchEnd: null,
    state: 'active',
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
    deliveredAt: AT,
    details: null,
    updatedAt: AT,
  };
}
