import type { AuditEvent } from '../../../lib/event/audit-event.interface.js';
import { EventBuilder } from '../../../lib/event/event-builder.js';
import type { SealableEvent } from '../../../lib/event/sealable-event.js';
import type { DeliveryLog } from '../../../lib/delivery/dispatch/delivery-log.js';
import { withoutContent } from '../../../lib/ledger/discarded-event.js';
import type {
  DiscardOptions,
  LogHead,
  StoredEvent,
  StoredLine,
  StreamHead,
} from '../../../lib/ledger/ledger-store.port.js';
import { CompactRange } from '../../../lib/ledger/merkle/index.js';
import { commitEvent, EMPTY_HEAD, sealBatch } from '../../../lib/ledger/sealing/batch-sealer.js';
import { Redactor } from '../../../lib/redaction/redactor.js';

/** A real log in memory: events are built, redacted and sealed as in production, only kept in an array. */
export class TestLog implements DeliveryLog {
  readonly rows: StoredEvent[] = [];
  reads = 0;
  private head: LogHead = EMPTY_HEAD;
  private readonly range = new CompactRange();
  private readonly streams = new Map<string, StreamHead>();
  private readonly builder = new EventBuilder({
    service: { name: 'billing-api', version: '1.4.0', instance: 'host:1:abcdefgh' },
    sanitizer: new Redactor({}),
  });

  /** Seals the events; a number means so many plain ones. */
  append(events: number | readonly AuditEvent[]): StoredEvent[] {
    const given =
      typeof events === 'number' ? Array.from({ length: events }, (_, i) => plainEvent(this.rows.length + i)) : events;
    const committed = given.map((event) => commitEvent(this.builder.build(event)));
    const state = { head: this.head, range: this.range, streams: this.streams };
    const { batch } = sealBatch(committed, state, { algorithm: 'sha256' });
    this.head = { ...batch.after, discardedBelow: this.head.discardedBelow };
    for (const stream of batch.streams) this.streams.set(stream.name, stream);
    this.rows.push(...batch.rows);
    return [...batch.rows];
  }

  /** Plain events, built and redacted, not sealed. */
  sealable(count: number): SealableEvent[] {
    return Array.from({ length: count }, (_, i) => this.builder.build(plainEvent(i)));
  }

  get ids(): string[] {
    return this.rows.map(({ eventId }) => eventId);
  }

  /** As a store does it. */
  async discardBelow(logIndex: number, options: DiscardOptions): Promise<number> {
    const from = this.head.discardedBelow ?? 0;
    for (let i = from; i < logIndex; i++) this.rows[i] = withoutContent(this.rows[i], options);
    this.head = { ...this.head, discardedBelow: logIndex };
    return logIndex - from;
  }

  async readHead(): Promise<LogHead> {
    return this.head;
  }

  async readRange(from: number, limit: number): Promise<StoredEvent[]> {
    this.reads++;
    return this.rows.filter(({ logIndex }) => logIndex >= from).slice(0, limit);
  }

  readLines(from: number, limit: number): Promise<StoredLine[]> {
    return this.readRange(from, limit);
  }

  async readLeafHashes(from: number, to: number): Promise<string[]> {
    return this.rows.slice(from, to).map(({ leafHash }) => leafHash);
  }

  async findById(eventId: string): Promise<StoredEvent | null> {
    return this.rows.find((row) => row.eventId === eventId) ?? null;
  }
}

function plainEvent(n: number): AuditEvent {
  return {
    action: 'invoice.delete',
    actor: { id: `user_${n}`, type: 'user', authMethod: 'jwt', email: `user_${n}@example.org` },
    tenant: { id: 't_1' },
    resource: { type: 'invoice', id: `inv_${n}` },
    client: { ip: '192.0.2.1' },
    metadata: { note: `number ${n}` },
  };
}
