import { CompactRange } from '../../ledger/merkle/index.js';
import type { StoredLine } from '../../ledger/ledger-store.port.js';
import type { SinkCursor } from '../delivery-store.port.js';
import type { DeliveryLog } from './delivery-log.js';

const LEAVES_PER_READ = 10_000;

/**
 * Knows the log's Merkle root at the cursor of one sink, from the leaf hashes that passed by. Independent of the head
 * in the database, so what a sink keeps can contradict it.
 */
export class LogRootTracker {
  /** The range of the log of size `size`; null once leaves are missing. */
  private range: CompactRange | null = new CompactRange();
  private isKnown = false;

  constructor(private readonly log: DeliveryLog) {}

  /** Brings the tracker to the cursor: as saved with it, else by reading all leaf hashes once. */
  async seek({ nextIndex, details }: SinkCursor): Promise<void> {
    if (this.isKnown && (this.range === null || this.range.size === nextIndex)) return;
    this.range = restore(nextIndex, details?.range) ?? (await this.rebuild(nextIndex));
    this.isKnown = true;
  }

  /** The range at the end of the rows; null if it can't be known. The tracker itself stays where it is. */
  after(rows: readonly StoredLine[], until: number): CompactRange | null {
    const range = this.range?.clone() ?? null;
    for (const row of rows) {
      if (range === null || row.logIndex >= until) break;
      if (row.logIndex !== range.size) return null;
      range.append(Buffer.from(row.leafHash, 'hex'));
    }
    return range?.size === until ? range : null;
  }

  /** Moves to where the cursor was committed. */
  moveTo(range: CompactRange | null): void {
    this.range = range;
  }

  private async rebuild(size: number): Promise<CompactRange | null> {
    const range = new CompactRange();
    while (range.size < size) {
      const from = range.size;
      const leaves = await this.log.readLeafHashes(from, Math.min(size, from + LEAVES_PER_READ));
      if (leaves.length !== Math.min(size, from + LEAVES_PER_READ) - from) return null;
      for (const leaf of leaves) range.append(Buffer.from(leaf, 'hex'));
    }
    return range;
  }
}

function restore(size: number, hashes: readonly string[] | undefined): CompactRange | null {
  if (hashes === undefined) return null;
  try {
    return CompactRange.fromHex(size, hashes);
  } catch {
    return null; // damaged: the leaf hashes themselves are read again
  }
}
