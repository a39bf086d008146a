/**
 * An anchor keeps another checkpoint of the same size. Both notes are evidence: one history has been forked or forged.
 *
 * @publicApi
 */
export class AnchorConflictError extends Error {
  override readonly name = 'AnchorConflictError';
  readonly code = 'AUDIT_ANCHOR_CONFLICT';

  constructor(
    /** The anchor's name. */
    readonly anchor: string,
    /** Size that both notes are about. */
    readonly size: number,
    /** What the anchor keeps. */
    readonly kept: string,
    /** What it was given. */
    readonly given: string,
  ) {
    super(
      `The anchor ${anchor} keeps another checkpoint of size ${size}. Either the log was forked, or one of the two was ` +
        `forged, or the anchor is that of another log. Keep both:\n${kept}\n${given}`,
    );
  }
}
