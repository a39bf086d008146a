/**
 * What is to be trusted cannot be understood, so nothing can be verified with it.
 *
 * @publicApi
 */
export class TrustError extends Error {
  override readonly name = 'TrustError';
  readonly code = 'AUDIT_TRUST';

  constructor(
    /** The file, or whatever the keys came from. */
    readonly source: string,
    why: string,
    options?: { cause?: unknown },
  ) {
    super(
      `The trusted keys in ${source} cannot be used: ${why}. Nothing is verified with keys that are only half understood. ` +
        'Correct it; docs/verification.md describes the form.',
      options,
    );
  }
}
