import type { AuditEvent } from '../event/audit-event.interface.js';
import type { SealableEvent } from '../event/sealable-event.js';
import type { SqlConnection } from '../ledger/outbox-writer.port.js';

/** Where recorded changes go. */
export interface ChangeOutput {
  /** Redacts and freezes an event. */
  build(event: AuditEvent): SealableEvent;
  /**
   * Puts events into the transaction that is open on the connection.
   * @returns false when they are not in it and have to be handed over after its commit
   * @throws {ChangeNotRecordedError} in strict durability, when they can't be written: the transaction has to fail
   */
  writeInside(connection: SqlConnection, events: readonly SealableEvent[]): Promise<boolean>;
  /** The transaction is committed for good; these events of it were not written inside. */
  committed(waiting: readonly SealableEvent[]): void;
  /** Something could not be read or written; the application is not to suffer from it. */
  failed(error: unknown, doing: string): void;
  /** Whether a change that can't be recorded must fail. */
  readonly strict: boolean;
}
