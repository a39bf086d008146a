import { CHAIN_ALGORITHMS } from '../../event/audit-record.interface.js';
import type { ChainAlgorithm } from '../../event/audit-record.interface.js';
import type { StoredEvent } from '../../ledger/ledger-store.port.js';
import { chainHash } from '../../ledger/sealing/chain-hash.js';

const SAMPLE = 16;

/**
 * The hash algorithm of a log: the one with which most of some records fit the hashes beside them, so that a single
 * changed record, the first included, does not decide it.
 */
export function algorithmOf(rows: readonly StoredEvent[]): ChainAlgorithm {
  const sample = rows.slice(0, SAMPLE).filter(({ record }) => typeof record === 'string');
  const fits = (algorithm: ChainAlgorithm) =>
    sample.filter(({ record, hash }) => chainHash(algorithm, record) === hash).length;
  // Sorting is stable: of two that fit equally well, SHA-256 wins.
  const [best] = CHAIN_ALGORITHMS.map((algorithm) => ({ algorithm, score: fits(algorithm) })).sort(
    (a, b) => b.score - a.score,
  );
  return best.algorithm;
}
