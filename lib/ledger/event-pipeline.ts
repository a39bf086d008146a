import type { AuditEvent } from '../event/audit-event.interface.js';
import type { EventBuilder } from '../event/event-builder.js';
import type { SealableEvent } from '../event/sealable-event.js';
import type { EventQueue } from './queue/event-queue.js';
import type { SealReceipt } from './seal-receipt.interface.js';

/** From what the application says to a place in the log. */
export class EventPipeline {
  constructor(
    private readonly builder: EventBuilder,
    private readonly queue: EventQueue,
  ) {}

  /** Accepts the event and returns at once. Never throws; what is lost is counted and told by an `audit.gap` event. */
  record(event: AuditEvent): void {
    this.queue.offer(this.builder.build(event));
  }

  /**
   * Resolves when the event is sealed.
   * @param options.withdraw on a time-out, take the event back instead of leaving it queued. @default false
   * @throws {SealTimeoutError} {UnstorableEventError} {QueueClosedError}
   */
  seal(event: AuditEvent, options: { readonly withdraw?: boolean } = {}): Promise<SealReceipt> {
    return this.queue.submit(this.builder.build(event), options.withdraw ?? false);
  }

  /** Seals an event under an id that several processes may use at once; only the first of them gets it in. */
  sealOnce(event: AuditEvent, id: string): Promise<void> {
    return this.queue.replay([this.builder.build(event, id)]);
  }

  /**
   * The event as it would be sealed, for an outbox row in somebody else's transaction.
   * @param id UUIDv7, for who has to know it before
   */
  prepare(event: AuditEvent, id?: string): SealableEvent {
    return this.builder.build(event, id);
  }

  /** Accepts a prepared event, as {@link record} does. */
  deliver(event: SealableEvent): void {
    this.queue.offer(event);
  }
}
