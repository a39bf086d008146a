import type { AuditEvent } from '../event/audit-event.interface.js';

/**
 * When an event is sealed, as seen from the answer to the request:
 * - `async`: the answer does not wait; the event is queued;
 * - `block`: the answer waits until the event is sealed; when it can't be, the answer goes out and the failure is counted;
 * - `strict`: as `block`, but when the event can't be sealed the answer is a 503.
 *
 * @publicApi
 */
export type Durability = 'async' | 'block' | 'strict';

/** Where captured events go. */
export interface EventRecorder {
  /** What is recorded outlives the process from then on (a spool), so that no event should be held back. @default false */
  readonly isDurable?: boolean;

  /** Accepts the event and returns at once. Never throws; what is lost is counted. */
  record(event: AuditEvent): void;

  /**
   * Resolves when the event is sealed, rejects when it can't be within the configured time.
   * @param options.withdraw on a time-out, take the event back instead of leaving it queued. @default false
   */
  seal(event: AuditEvent, options?: { readonly withdraw?: boolean }): Promise<unknown>;
}
