/** Why a store could not do what it was asked to. */
export type StoreErrorReason =
  /** The server is away, the connection broke or none could be had. The outcome of a write is unclear. */
  | 'connection'
  /** Somebody else holds a lock, or the statement ran out of time. Nothing was written. */
  | 'busy'
  /** A deadlock or a serialisation failure. Nothing was written. */
  | 'conflict'
  /** No space left, or another resource of the server is used up. Nothing was written. */
  | 'full'
  /** A unique key exists already. Nothing was written. */
  | 'duplicate'
  /** The database does not take one of the values (too long, bad encoding, …). Nothing was written. */
  | 'refused'
  /** A table or column is missing, or the role may not do this. */
  | 'schema'
  /** The store is not open. */
  | 'closed'
  | 'unknown';

/**
 * A store failed. `transient` errors have nothing to do with the values: waiting and trying again is right.
 * The others come back for as long as the same values are given, so the caller takes the batch apart.
 *
 * @publicApi
 */
export class StoreError extends Error {
  override readonly name: string = 'StoreError';
  readonly reason: StoreErrorReason;

  constructor(message: string, options: { reason: StoreErrorReason; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.reason = options.reason;
  }

  /** Whether the same values may succeed later. */
  get transient(): boolean {
    return this.reason !== 'refused' && this.reason !== 'duplicate';
  }
}
