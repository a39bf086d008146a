import type { LedgerStore } from '../../ledger/ledger-store.port.js';

/**
 * What the verifier reads of a log. It never writes.
 *
 * Each call may see a later state than the one before. What is relied on: a record that a head counts is visible from
 * then on, and a head, its streams and its records change in one transaction.
 */
export type VerifiableLog = Pick<
  LedgerStore,
  'readHead' | 'readStreams' | 'readRange' | 'readLeafHashes' | 'findPage'
> & {
  /** This is a copy out of which erasable sections may have been left: only those that are there are checked. */
  readonly partialSections?: boolean;
};
