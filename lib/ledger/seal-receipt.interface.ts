/** What the log says of an event once it is sealed. */
export interface SealReceipt {
  /** The event's id (UUIDv7). */
  readonly id: string;
  /** Position in the log, from 0. */
  readonly logIndex: number;
  readonly stream: string;
  /** Position in the stream, from 0. */
  readonly sequence: number;
  /** Hash of the record, lowercase hex. */
  readonly hash: string;
  /** Hash of the stream's previous record; null for its first. */
  readonly previousHash: string | null;
  /** RFC 3339, UTC, microseconds. */
  readonly occurredAt: string;
}
