/**
 * An event that stands in a transaction of the application, or is about to, and is sealed after its commit.
 *
 * @publicApi
 */
export interface PendingReceipt {
  /** The event's id (UUIDv7): under it the event is found in the trail once it is sealed. */
  readonly id: string;
  /** Where it waits. If the transaction is rolled back, the event was never there. */
  readonly pending: 'outbox';
}
