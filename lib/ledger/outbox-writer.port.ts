import type { SealableEvent } from '../event/sealable-event.js';

/** A connection that somebody else has taken and whose transaction somebody else ends. */
export interface SqlConnection {
  /** Runs SQL in the driver's own dialect and gives its rows. */
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** Puts events into the outbox inside a transaction of the application. */
export interface OutboxWriter {
  /**
   * Writes one row an event, in order.
   * @param guarded a failure must leave the transaction usable
   * @throws what the database throws; with `guarded` nothing was written then and the transaction goes on
   */
  write(connection: SqlConnection, events: readonly SealableEvent[], guarded: boolean): Promise<void>;
}
