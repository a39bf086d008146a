/**
 * Hands out the hashes of perfect subtrees, which never change once they are complete: from tiles, a table, or memory.
 *
 * Node `index` of `level` is the root over the leaves [index · 2^level, (index + 1) · 2^level).
 *
 * @publicApi
 */
export interface NodeSource {
  /**
   * @param level height of the subtree; 0 is a leaf hash
   * @param index position of the subtree at its level, from 0
   * @returns its root (32 bytes)
   */
  node(level: number, index: number): Promise<Uint8Array>;
}
