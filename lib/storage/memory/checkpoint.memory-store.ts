import type {
  CheckpointRange,
  CheckpointStore,
  StoredCheckpoint,
} from '../../verification/checkpoints/checkpoint-store.port.js';

/** Checkpoints that end with the process. */
export class MemoryCheckpointStore implements CheckpointStore {
  private readonly bySize = new Map<number, StoredCheckpoint>();

  /** @param nameHead writes the log's name into its head */
  constructor(private readonly nameHead: (origin: string) => void) {}

  async insert(checkpoint: StoredCheckpoint): Promise<boolean> {
    if (this.bySize.has(checkpoint.size)) return false;
    this.bySize.set(checkpoint.size, checkpoint);
    return true;
  }

  async read(size: number): Promise<StoredCheckpoint | null> {
    return this.bySize.get(size) ?? null;
  }

  async latest(): Promise<StoredCheckpoint | null> {
    return this.sorted().at(-1) ?? null;
  }

  async latestAnchored(): Promise<StoredCheckpoint | null> {
    return (
      this.sorted()
        .filter(({ anchoredAt }) => anchoredAt !== null)
        .at(-1) ?? null
    );
  }

  async list({ from = 0, to = Infinity, direction, limit }: CheckpointRange): Promise<StoredCheckpoint[]> {
    const found = this.sorted().filter(({ size }) => size >= from && size <= to);
    return (direction === 'descending' ? found.reverse() : found).slice(0, limit);
  }

  async listUnanchored(limit: number): Promise<StoredCheckpoint[]> {
    return this.sorted()
      .filter(({ anchoredAt }) => anchoredAt === null)
      .slice(0, limit);
  }

  async markAnchored(size: number, at: string): Promise<void> {
    const found = this.bySize.get(size);
    if (found?.anchoredAt === null) this.bySize.set(size, { ...found, anchoredAt: at });
  }

  async nameLog(origin: string): Promise<void> {
    this.nameHead(origin);
  }

  private sorted(): StoredCheckpoint[] {
    return [...this.bySize.values()].sort((a, b) => a.size - b.size);
  }
}
