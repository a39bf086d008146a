import type { SectionName } from '../event/audit-event.interface.js';
import type { AuditRecord } from '../event/audit-record.interface.js';
import { formatJsonLine } from '../event/json-line.js';
import type { StoredLine } from '../ledger/ledger-store.port.js';

/**
 * A sealed event as a sink may see it: the record, and of the sections only those that the sink was allowed.
 * Everything in it follows from the stored row alone, so each try sends the same bytes.
 *
 * @publicApi
 */
export class DeliveryItem {
  readonly #stored: StoredLine;
  readonly #sections: readonly SectionName[];
  #line: string | undefined;
  #bytes: number | undefined;
  #record: AuditRecord | undefined;

  /** @param record a reading of the stored record, if somebody has read it already */
  constructor(stored: StoredLine, sections: readonly SectionName[], record?: AuditRecord) {
    this.#stored = stored;
    this.#sections = sections;
    this.#record = record;
  }

  /** Idempotency key. */
  get eventId(): string {
    return this.#stored.eventId;
  }

  /** Position in the log. */
  get logIndex(): number {
    return this.#stored.logIndex;
  }

  /** Hash of the record's bytes, lowercase hex. */
  get hash(): string {
    return this.#stored.hash;
  }

  /** Merkle leaf hash, lowercase hex. */
  get leafHash(): string {
    return this.#stored.leafHash;
  }

  /** RFC 3339, UTC, microseconds. */
  get occurredAt(): string {
    return this.record.occurredAt;
  }

  get action(): string {
    return this.record.action;
  }

  get outcome(): AuditRecord['outcome'] {
    return this.record.outcome;
  }

  get severity(): AuditRecord['severity'] {
    return this.record.severity;
  }

  /** The canonical bytes that were hashed, as text. */
  get recordText(): string {
    return this.#stored.record;
  }

  /** A reading of the record; parsed once. */
  get record(): AuditRecord {
    return (this.#record ??= JSON.parse(this.#stored.record) as AuditRecord);
  }

  /** JSON Lines form without the line feed, with the sections that this sink may see. */
  get line(): string {
    return (this.#line ??= formatJsonLine(this.#stored, this.#sections));
  }

  /** UTF-8 length of {@link line}. */
  get bytes(): number {
    return (this.#bytes ??= Buffer.byteLength(this.line));
  }
}
