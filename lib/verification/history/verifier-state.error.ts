/**
 * What the verifier remembers cannot be read, so it cannot be compared with.
 *
 * @publicApi
 */
export class VerifierStateError extends Error {
  override readonly name = 'VerifierStateError';
  readonly code = 'AUDIT_VERIFIER_STATE';

  constructor(
    /** Where it is kept. */
    readonly source: string,
    why: string,
    options?: { cause?: unknown },
  ) {
    super(
      `The verifier's memory ${source} cannot be used: ${why}. Without it a log that was rewritten as a whole could pass ` +
        'for sound. Restore it from a copy. If there is none, remove it and let a full verification against the anchors ' +
        'begin a new one.',
      options,
    );
  }
}
