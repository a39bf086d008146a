/** The thread that seals events ended unexpectedly. What was on its way is repeated on a new one. */
export class SealingThreadError extends Error {
  override readonly name = 'SealingThreadError';
  readonly transient = true;

  constructor(cause: unknown) {
    super(
      `The audit trail's sealing thread ended: ${cause instanceof Error ? cause.message : String(cause)}. ` +
        'Events wait in the queue and are sealed by a new thread; queue.thread = "inline" does without one.',
      { cause },
    );
  }
}
