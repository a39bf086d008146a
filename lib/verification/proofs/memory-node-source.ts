import { nodeHash } from '../../ledger/merkle/tree-hash.js';
import type { NodeSource } from './node-source.js';

/**
 * Perfect subtrees over leaf hashes held in memory, for small logs, tools and tests.
 *
 * @publicApi
 */
export class MemoryNodeSource implements NodeSource {
  readonly #levels: Buffer[][] = [[]];

  /** @param leafHashes leaf hashes (32 bytes each) in log order */
  constructor(leafHashes: Iterable<Uint8Array> = []) {
    for (const leafHash of leafHashes) this.append(leafHash);
  }

  /** Number of leaves. */
  get size(): number {
    return this.#levels[0].length;
  }

  /** Adds one leaf hash. */
  append(leafHash: Uint8Array): void {
    let hash: Buffer = Buffer.from(leafHash);
    for (let level = 0; ; level++) {
      const row = (this.#levels[level] ??= []);
      row.push(hash);
      if (row.length % 2 === 1) return;
      hash = nodeHash(row[row.length - 2], hash);
    }
  }

  /** @throws RangeError if that subtree is not complete yet */
  async node(level: number, index: number): Promise<Buffer> {
    const hash = this.#levels[level]?.[index];
    if (hash === undefined) throw new RangeError(`Subtree ${index} of level ${level} is not complete yet.`);
    return hash;
  }
}
