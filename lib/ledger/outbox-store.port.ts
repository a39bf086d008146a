import type { SealableEvent } from '../event/sealable-event.js';

export interface OutboxEntry {
  /** Ascending in the order of writing. */
  readonly position: number;
  readonly eventId: string;
  /** Null when the row holds something that is no event yet, or none at all. */
  readonly event: SealableEvent | null;
  /** What the row holds instead of an event. */
  readonly foreign?: string;
}

/** Events written inside a business transaction, waiting to be sealed. */
export interface OutboxStore {
  /**
   * Oldest entries first, at most `limit`. Only committed rows are seen. A transaction that commits late may bring
   * positions that are lower than others seen before.
   *
   * @param after only entries behind this position. @default all
   */
  read(limit: number, after?: number): Promise<OutboxEntry[]>;
  remove(positions: readonly number[]): Promise<void>;
  count(): Promise<number>;
}
