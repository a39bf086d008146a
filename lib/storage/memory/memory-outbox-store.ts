import type { SealableEvent } from '../../event/sealable-event.js';
import type { OutboxEntry, OutboxStore } from '../../ledger/outbox-store.port.js';

/** An outbox that ends with the process; no transaction can write to it. */
export class MemoryOutboxStore implements OutboxStore {
  private readonly entries = new Map<number, SealableEvent>();
  private lastPosition = 0;

  async insert(events: readonly SealableEvent[]): Promise<void> {
    for (const event of events) this.entries.set(++this.lastPosition, event);
  }

  async read(limit: number, after = 0): Promise<OutboxEntry[]> {
    return [...this.entries]
      .filter(([position]) => position > after)
      .slice(0, limit)
      .map(([position, event]) => ({ position, eventId: event.id, event }));
  }

  async remove(positions: readonly number[]): Promise<void> {
    for (const position of positions) this.entries.delete(position);
  }

  async count(): Promise<number> {
    return this.entries.size;
  }
}
