import type { SignerState } from './signer-state.js';

/**
 * Keeps what a signer remembers, outside the database that it signs for. Any number of signers may share one.
 *
 * @publicApi
 */
export interface SignerStateStore {
  /** How it is called in messages. */
  readonly name: string;
  /** @returns null when nothing was ever signed */
  read(): Promise<VersionedSignerState | null>;
  /**
   * Compare and swap: keeps the next state, durably, if the present one still has that version.
   * @param version of the state that `next` follows; 0 if there was none
   * @returns false when somebody else was faster; nothing was changed then
   */
  replace(version: number, next: SignerState): Promise<boolean>;
}

export interface VersionedSignerState {
  /** Counts up from 1. */
  readonly version: number;
  readonly state: SignerState;
}
