import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { SealableEvent } from '../../event/sealable-event.js';
import type { ChangeCaptureParts } from '../change-capture.parts.js';
import type { ChangeOutput } from '../change-output.interface.js';

/**
 * For a DataSource whose log is kept elsewhere: events wait in memory for the real commit and are queued then. A process
 * that dies between the commit and the queue's next write loses them.
 */
export class QueuedOutput implements ChangeOutput {
  readonly strict = false;

  constructor(private readonly parts: ChangeCaptureParts) {}

  build(event: AuditEvent): SealableEvent {
    return this.parts.build(event);
  }

  async writeInside(): Promise<boolean> {
    return false;
  }

  committed(waiting: readonly SealableEvent[]): void {
    for (const event of waiting) this.parts.deliver(event);
  }

  failed(error: unknown, doing: string): void {
    this.parts.onError(error, doing);
  }
}
