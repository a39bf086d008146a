import type { SealableEvent } from '../../event/sealable-event.js';

/**
 * A place outside memory that accepted events are written to until they are sealed, so that a killed process does not
 * take them along and an outage of the database does not fill the memory.
 */
export interface EventJournal {
  /** Events that are on disk only. */
  readonly spilled: number;
  /**
   * Writes the event.
   * @param spill keep it on disk only
   * @returns `kept` (in memory too), `spilled` (on disk only) or `failed` (nothing written)
   */
  append(event: SealableEvent, spill: boolean): 'kept' | 'spilled' | 'failed';
  /** These are sealed (or given up): the journal may forget them. */
  settle(events: readonly SealableEvent[]): void;
  /** The oldest spilled events, a bounded number, back into memory. Torn lines are reported by count. */
  takeBack(onTorn: (count: number) => void): SealableEvent[];
  close(): void;
}
