/** How long and how firmly an object is kept. */
export interface ObjectLock {
  readonly mode: 'COMPLIANCE' | 'GOVERNANCE';
  readonly retainUntil: Date;
  readonly legalHold: boolean;
}

export interface ObjectUpload {
  readonly key: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly lock: ObjectLock;
}

export interface ObjectFacts {
  /** As the server says it; null if the object is not locked. */
  readonly lockMode: string | null;
  readonly retainUntil: Date | null;
}

/** What the sink needs of an object store. Errors are {@link ObjectStoreError}s. */
export interface ObjectStore {
  /**
   * Whether the bucket locks objects; `unknown` where we may not ask.
   */
  lockState(signal: AbortSignal): Promise<'enabled' | 'disabled' | 'unknown'>;
  /** Null if there is none. `unknown` where we may not ask. */
  head(key: string, signal: AbortSignal): Promise<ObjectFacts | null | 'unknown'>;
  /** Null if there is none. */
  get(key: string, signal: AbortSignal): Promise<Buffer | null>;
  /**
   * Writes the object if there is none under this key, with MD5 and SHA-256 checked by the server.
   * @returns the version, or `exists` if there is one already and the server says so
   */
  create(upload: ObjectUpload, signal: AbortSignal): Promise<{ readonly versionId: string | null } | 'exists'>;
  /** Locks an object that is there and is not locked yet. */
  ensureLock(key: string, lock: ObjectLock, signal: AbortSignal): Promise<void>;
  /** Keys that begin so, in order. */
  list(prefix: string, signal: AbortSignal): Promise<string[]>;
  close(): void;
}

/** A request to the object store failed. */
export class ObjectStoreError extends Error {
  override readonly name = 'ObjectStoreError';

  constructor(
    /** `transient`: may work later. `refused`: the store refuses us, whatever we send. */
    readonly reason: 'transient' | 'refused',
    message: string,
    readonly remoteStatus?: string,
    readonly retryAfterMs?: number,
  ) {
    super(message);
  }
}
