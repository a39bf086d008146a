/**
 * Why a signer does not sign:
 *
 * - `rollback`: the database is behind what was signed, as after a restore from a backup
 * - `rewritten`: its history contradicts what was signed
 * - `modified`, `missing`: a record that is not signed yet does not hash to what stands beside it, or is not there
 * - `origin_changed`, `key_changed`: the configuration names another log, or a key that no earlier one vouches for
 */
export type SigningState = 'rollback' | 'rewritten' | 'modified' | 'missing' | 'origin_changed' | 'key_changed';

export interface SigningRefusal {
  readonly state: SigningState;
  /** `logIndex` of the first record concerned, as far as known. */
  readonly index: number | null;
  /** What was signed, or what follows from it. */
  readonly expected: string | null;
  /** What is there. */
  readonly found: string | null;
}

/**
 * The signer found the log to be no extension of what it signed before. A signature would testify to a forked history.
 *
 * @publicApi
 */
export class SigningRefusedError extends Error implements SigningRefusal {
  override readonly name = 'SigningRefusedError';
  readonly code = 'AUDIT_SIGNING_REFUSED';
  readonly state: SigningState;
  readonly index: number | null;
  readonly expected: string | null;
  readonly found: string | null;

  constructor(refusal: SigningRefusal, message: string) {
    super(message);
    this.state = refusal.state;
    this.index = refusal.index;
    this.expected = refusal.expected;
    this.found = refusal.found;
  }

  /** Whether the log itself is at fault, and not the configuration. */
  get violation(): boolean {
    return this.state !== 'origin_changed' && this.state !== 'key_changed';
  }
}
