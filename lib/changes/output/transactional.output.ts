import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { SealableEvent } from '../../event/sealable-event.js';
import type { OutboxWriter, SqlConnection } from '../../ledger/outbox-writer.port.js';
import type { ChangeOutput } from '../change-output.interface.js';
import type { ChangeCaptureParts } from '../change-capture.parts.js';
import { ChangeNotRecordedError } from '../change-not-recorded.error.js';

/** For a DataSource whose database also holds the audit tables: events become outbox rows of the same transaction. */
export class TransactionalOutput implements ChangeOutput {
  constructor(
    private readonly outbox: OutboxWriter,
    private readonly parts: ChangeCaptureParts,
    readonly strict: boolean,
  ) {}

  build(event: AuditEvent): SealableEvent {
    return this.parts.build(event);
  }

  async writeInside(connection: SqlConnection, events: readonly SealableEvent[]): Promise<boolean> {
    if (events.length === 0) return true;
    try {
      await this.outbox.write(connection, events, !this.strict);
      return true;
    } catch (error) {
      const doing = `write ${events.length} entity changes to audit_outbox`;
      if (this.strict) throw new ChangeNotRecordedError(doing, error);
      this.failed(error, doing);
      return false;
    }
  }

  committed(waiting: readonly SealableEvent[]): void {
    for (const event of waiting) this.parts.deliver(event);
    this.parts.onCommitted?.();
  }

  failed(error: unknown, doing: string): void {
    this.parts.onError(error, doing);
  }
}
