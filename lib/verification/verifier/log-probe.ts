import type { LogHead } from '../../ledger/ledger-store.port.js';
import type { CompactRange } from '../../ledger/merkle/index.js';
import { isAboutRow } from './log-reader.js';
import type { VerifiableLog } from './verifiable-log.port.js';

/** So many records that no head counts are looked at for the root that the head has. */
const MAX_BEYOND = 10_000;
const HEX_64 = /^[0-9a-f]{64}$/;

/** Questions to the log beyond reading it from front to back. */
export class LogProbe {
  constructor(private readonly log: VerifiableLog) {}

  /** Position of the first row, which may be below 0; Infinity when there is none, −Infinity when it cannot be read. */
  async lowest(): Promise<number> {
    return this.edge('ascending', Infinity, -Infinity);
  }

  /** Position of the last row; −1 when there is none, Infinity when it cannot be read. */
  async highest(): Promise<number> {
    return this.edge('descending', -1, Infinity);
  }

  /** Where the first row at or behind `first` stands, found by halving, without reading the row itself. */
  async locate(first: number): Promise<number> {
    const end = Number.MAX_SAFE_INTEGER;
    let low = first;
    let high = first + 1;
    while (high < end && !(await this.hasRow(first, high))) {
      low = high;
      high = Math.min(first + (high - first) * 2, end);
    }
    while (high - low > 1) {
      const middle = low + Math.floor((high - low) / 2);
      if (await this.hasRow(first, middle)) high = middle;
      else low = middle;
    }
    return high - 1;
  }

  /**
   * Of how many records the head has its root, if it is not as many as it counts.
   *
   * @param range the tree of the records up to the head's size, or up to the end of the log if it has fewer
   * @returns null when no number of records has that root
   */
  async sizeOfRoot(head: LogHead, range: CompactRange): Promise<number | null> {
    const fits = (tree: CompactRange) => tree.root().toString('hex') === head.root;
    if (fits(range)) return range.size;
    if (range.size < head.size) return null;
    const longer = range.clone();
    for (const leafHash of await this.log.readLeafHashes(head.size, head.size + MAX_BEYOND)) {
      if (!HEX_64.test(leafHash)) return null;
      longer.append(Buffer.from(leafHash, 'hex'));
      if (fits(longer)) return longer.size;
    }
    return null;
  }

  private async hasRow(from: number, to: number): Promise<boolean> {
    return (await this.log.readLeafHashes(from, to)).length > 0;
  }

  private async edge(direction: 'ascending' | 'descending', none: number, unreadable: number): Promise<number> {
    try {
      const [row] = await this.log.findPage({ direction, limit: 1, discarded: true });
      return row?.logIndex ?? none;
    } catch (error) {
      if (isAboutRow(error)) return unreadable;
      throw error;
    }
  }
}
