import type {
  DeliveryReceipt,
  DeliveryStore,
  ReceiptCounts,
  ReceiptFilter,
  RedriveSelection,
  SinkCursor,
} from '../../delivery/delivery-store.port.js';

/** State of delivery in memory: for tests, and for logs that are kept in memory themselves. */
export class MemoryDeliveryStore implements DeliveryStore {
  private readonly cursors = new Map<string, SinkCursor>();
  private readonly receipts = new Map<string, Map<string, DeliveryReceipt>>();

  async readCursor(sink: string): Promise<SinkCursor | null> {
    return this.cursors.get(sink) ?? null;
  }

  async readCursors(): Promise<SinkCursor[]> {
    return [...this.cursors.values()].sort((a, b) => (a.sink < b.sink ? -1 : 1));
  }

  async createCursor(cursor: SinkCursor): Promise<SinkCursor> {
    const found = this.cursors.get(cursor.sink);
    if (found) return found;
    this.cursors.set(cursor.sink, cursor);
    return cursor;
  }

  async commit(cursor: SinkCursor, receipts: readonly DeliveryReceipt[]): Promise<number> {
    const nextIndex = Math.max(cursor.nextIndex, this.cursors.get(cursor.sink)?.nextIndex ?? 0);
    for (const receipt of receipts) {
      const of = this.of(receipt.sink);
      if (receipt.status === 'delivered' || of.get(receipt.eventId)?.status !== 'delivered')
        of.set(receipt.eventId, receipt);
    }
    const isBehind = nextIndex > cursor.nextIndex;
    if (!isBehind) this.cursors.set(cursor.sink, cursor);
    return nextIndex;
  }

  async expedite(sink: string): Promise<void> {
    const cursor = this.cursors.get(sink);
    if (cursor) this.cursors.set(sink, { ...cursor, nextAttemptAt: null });
    for (const receipt of this.of(sink).values()) {
      if (receipt.status === 'pending') this.of(sink).set(receipt.eventId, { ...receipt, nextAttemptAt: null });
    }
  }

  async readReceipts(sink: string, eventIds: readonly string[]): Promise<DeliveryReceipt[]> {
    const of = this.of(sink);
    return eventIds.flatMap((id) => of.get(id) ?? []);
  }

  async findAcknowledged(eventIds: readonly string[]): Promise<ReadonlySet<string>> {
    const sinks = [...this.receipts.values()];
    return new Set(eventIds.filter((id) => sinks.some((of) => of.get(id)?.status === 'delivered')));
  }

  async findReceipts(filter: ReceiptFilter): Promise<DeliveryReceipt[]> {
    const { sink, status, eventId, updatedFrom = -Infinity, updatedUntil = Infinity, after, limit } = filter;
    return this.all()
      .filter((receipt) => sink === undefined || receipt.sink === sink)
      .filter((receipt) => status === undefined || receipt.status === status)
      .filter((receipt) => eventId === undefined || receipt.eventId === eventId)
      .filter(({ updatedAt }) => updatedAt >= updatedFrom && updatedAt < updatedUntil)
      .filter((receipt) => after === undefined || compare(receipt, after) > 0)
      .sort(compare)
      .slice(0, limit);
  }

  async findParked(sink: string, below: number, dueAt: number, limit: number): Promise<DeliveryReceipt[]> {
    return [...this.of(sink).values()]
      .filter(({ status, logIndex }) => status === 'pending' && logIndex < below)
      .filter(({ nextAttemptAt }) => nextAttemptAt === null || nextAttemptAt <= dueAt)
      .sort(compare)
      .slice(0, limit);
  }

  async findAhead(sink: string, from: number): Promise<DeliveryReceipt[]> {
    return [...this.of(sink).values()].filter(({ logIndex }) => logIndex >= from).sort(compare);
  }

  async countReceipts(sink: string, from: number, until: number): Promise<ReceiptCounts> {
    const counts = { delivered: 0, pending: 0, failed: 0 };
    for (const { logIndex, status } of this.of(sink).values())
      if (logIndex >= from && logIndex < until) counts[status]++;
    return counts;
  }

  async countUndelivered(sink: string): Promise<{ pending: number; failed: number }> {
    const { pending, failed } = await this.countReceipts(sink, 0, Infinity);
    return { pending, failed };
  }

  async removeReceipts(sink: string, eventIds: readonly string[]): Promise<void> {
    const of = this.of(sink);
    for (const id of eventIds) if (of.get(id)?.status === 'pending') of.delete(id);
  }

  /** Lets go of receipts that are kept elsewhere, whatever they say. */
  drop(sink: string, eventId: string): void {
    this.of(sink).delete(eventId);
  }

  async redrive(selection: RedriveSelection, now: number): Promise<number> {
    const { sink, eventIds, failedFrom = -Infinity, failedUntil = Infinity } = selection;
    const chosen = this.all()
      .filter((receipt) => receipt.status === 'failed' && (sink === undefined || receipt.sink === sink))
      .filter(({ eventId }) => eventIds === undefined || eventIds.includes(eventId))
      .filter(({ updatedAt }) => updatedAt >= failedFrom && updatedAt < failedUntil);
    for (const receipt of chosen) {
      const again = { ...receipt, status: 'pending', attempts: 0, nextAttemptAt: null, updatedAt: now } as const;
      this.of(receipt.sink).set(receipt.eventId, again);
    }
    return chosen.length;
  }

  private of(sink: string): Map<string, DeliveryReceipt> {
    let found = this.receipts.get(sink);
    if (!found) this.receipts.set(sink, (found = new Map()));
    return found;
  }

  private all(): DeliveryReceipt[] {
    return [...this.receipts.values()].flatMap((of) => [...of.values()]);
  }
}

type Place = Pick<DeliveryReceipt, 'logIndex' | 'sink'>;

function compare(a: Place, b: Place): number {
  return a.logIndex - b.logIndex || (a.sink < b.sink ? -1 : a.sink > b.sink ? 1 : 0);
}
