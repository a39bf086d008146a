import type { AuditEvent } from '../event/audit-event.interface.js';
import type { SealableEvent } from '../event/sealable-event.js';
import type { ValueSanitizer } from '../event/value-sanitizer.interface.js';
import type { ChangeContextReader } from './change-context.interface.js';

/** What recording entity changes needs of the rest. */
export interface ChangeCaptureParts {
  readonly sanitizer: ValueSanitizer;
  /** Who is behind the write that is going on. */
  readonly context: ChangeContextReader;
  /** Redacts and freezes an event. Never throws. */
  build(event: AuditEvent): SealableEvent;
  /** Takes an event of a committed transaction into the queue. Never throws. */
  deliver(event: SealableEvent): void;
  /** A transaction with outbox rows has committed. */
  onCommitted?(): void;
  /** An audit failure that the application is not told of. */
  onError(error: unknown, doing: string): void;
}
