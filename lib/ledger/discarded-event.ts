import type { DiscardOptions, LogHead, StoredEvent } from './ledger-store.port.js';

/** Whether the content of the event was let go of after its delivery: no record is empty otherwise. */
export function isDiscarded({ record }: Pick<StoredEvent, 'record'>): boolean {
  return record === '';
}

/** In place of a word that only an event with content has. */
const GONE = '' as never;

/** What stays of an event when its content is let go of. */
export function withoutContent(row: StoredEvent, { keepSections }: DiscardOptions): StoredEvent {
  const { logIndex, eventId, stream, sequence, hash, leafHash, signature, occurredAt } = row;
  return {
    logIndex,
    eventId,
    stream,
    sequence,
    record: '',
    hash,
    leafHash,
    signature,
    sections: keepSections ? row.sections : null,
    occurredAt,
    action: '',
    outcome: GONE,
    severity: GONE,
    actorId: null,
    actorType: '',
    resourceType: null,
    resourceId: null,
    tenantId: null,
    requestId: null,
    correlationId: null,
  };
}

/** Behind the last event that may be discarded: one with content stays, which tells how the log is hashed. */
export function discardable(logIndex: number, { size }: Pick<LogHead, 'size'>): number {
  return Math.max(0, Math.min(logIndex, size - 1));
}
