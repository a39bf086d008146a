/** The event could not be sealed in time. */
export class SealTimeoutError extends Error {
  override readonly name = 'SealTimeoutError';
  readonly code = 'AUDIT_SEAL_TIMEOUT';

  constructor(
    timeoutMs: number,
    /** True: the event is not in the trail and will not be. False: it is kept and will be sealed later. */
    readonly withdrawn: boolean,
    cause?: unknown,
  ) {
    super(
      `The event was not sealed within ${timeoutMs} ms; ` +
        `${withdrawn ? 'it has been taken back and will not be in the audit trail' : 'it stays queued and will be sealed later'}` +
        `${cause instanceof Error ? ` (last failure: ${cause.message})` : ''}. ` +
        'Check that the audit database answers; queue.sealTimeoutMs sets how long to wait.',
      { cause },
    );
  }
}

/** The module is shutting down and has no store to seal into any more. */
export class QueueClosedError extends Error {
  override readonly name = 'QueueClosedError';
  readonly code = 'AUDIT_CLOSED';

  constructor() {
    super('The audit trail is closed: the application has been shut down, so the event was not sealed.');
  }
}

/** A record stands already where the next one belongs. The event is kept and tried again. */
export class OccupiedPositionError extends Error {
  override readonly name = 'OccupiedPositionError';
  readonly code = 'AUDIT_POSITION_OCCUPIED';

  constructor(id: string, cause: unknown) {
    super(
      `Event ${id} cannot be sealed: a record stands already where it belongs, as after a restore of some tables without ` +
        'the others. Nothing is sealed until the head of the log fits its records again: verify the log, and restore all ' +
        `of its tables together (${cause instanceof Error ? cause.message : String(cause)}).`,
      { cause },
    );
  }
}

/** The store refuses this very event, also in its reduced form. */
export class UnstorableEventError extends Error {
  override readonly name = 'UnstorableEventError';
  readonly code = 'AUDIT_UNSTORABLE';

  constructor(id: string, cause: unknown) {
    super(`The store refused event ${id}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
}
