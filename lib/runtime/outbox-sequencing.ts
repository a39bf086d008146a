import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { AuditEvent } from '../event/audit-event.interface.js';
import type { SealableEvent } from '../event/sealable-event.js';
import type { EventPipeline } from '../ledger/event-pipeline.js';
import { OutboxSequencer } from '../ledger/outbox/outbox-sequencer.js';
import type { OutboxEntry } from '../ledger/outbox-store.port.js';
import { formatIdentity, ownIdentity } from '../ledger/process/process-identity.js';
import type { EventQueue } from '../ledger/queue/event-queue.js';
import type { RetryOptions } from '../ledger/queue/retry-timer.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { FailureReporter } from './failure-reporter.js';

export interface SequencingParts {
  readonly storage: AuditStorage;
  readonly queue: EventQueue;
  readonly pipeline: EventPipeline;
  readonly failures: FailureReporter;
  readonly retry: RetryOptions;
  readonly reduced: (event: SealableEvent) => SealableEvent;
  readonly translate: (entry: OutboxEntry) => SealableEvent | null;
}

/**
 * The sequencer of a trail. Every SQL store has one, whether entity changes are recorded or not, because an earlier
 * process or a trigger may have left rows.
 * @returns null where no transaction can write to the outbox
 */
export function createSequencer({
  storage,
  queue,
  pipeline,
  failures,
  retry,
  reduced,
  translate,
}: SequencingParts): OutboxSequencer | null {
  if (!storage.database) return null;
  return new OutboxSequencer({
    outbox: storage.outbox,
    leases: storage.leases,
    holder: formatIdentity(ownIdentity()),
    seal: (events) => queue.relay(events),
    reduced,
    translate,
    gapEvent: (entry, reason) => pipeline.prepare(asideEvent(entry, reason), asideId(entry)),
    onFailure: (error) => failures.report('outbox', error),
    retry,
  });
}

function asideEvent({ eventId, position }: OutboxEntry, reason: string): AuditEvent {
  return {
    action: 'audit.gap',
    outcome: 'failure',
    severity: 'error',
    actor: { type: 'system', authMethod: 'internal' },
    reason: { code: reason },
    flags: ['gap'],
    metadata: { reason, count: 1, eventId, position },
  };
}

/** The same row makes the same UUIDv7 on every process that finds it. */
function asideId({ eventId, position }: OutboxEntry): string {
  const random = createHash('sha256')
    .update(JSON.stringify(['outbox', eventId, position]))
    .digest();
  const time = /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(eventId)
    ? Number.parseInt(eventId.replace('-', '').slice(0, 12), 16)
    : 0;
  return uuidv7({ msecs: time, random: random.subarray(0, 16), seq: random.readUInt32BE(16) });
}
