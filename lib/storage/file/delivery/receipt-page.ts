import type { DeliveryReceipt, ReceiptFilter } from '../../../delivery/delivery-store.port.js';
import type { DeliveryLine } from './delivery-line.js';

export interface ReceiptSelection extends ReceiptFilter {
  /** Smallest `logIndex`. */
  readonly from?: number;
  /** Only receipts of these events at these sinks. */
  readonly only?: readonly { readonly sink: string; readonly eventId: string }[];
}

/** Collects receipts from the journal, the last of each event and sink, in the order of a page, and no more than it holds. */
export class ReceiptPage {
  private readonly receipts = new Map<string, DeliveryReceipt>();
  private readonly only: ReadonlySet<string> | null;

  constructor(private readonly selection: ReceiptSelection) {
    this.only = selection.only ? new Set(selection.only.map(({ sink, eventId }) => keyOf(sink, eventId))) : null;
  }

  /** Takes the delivered receipts of a line. */
  take(line: DeliveryLine): void {
    if (line.do !== 'commit') return;
    for (const receipt of line.receipts) if (receipt.status === 'delivered') this.add(receipt);
  }

  add(receipt: DeliveryReceipt): void {
    const key = keyOf(receipt.sink, receipt.eventId);
    if (this.matches(receipt, key)) this.receipts.set(key, receipt);
    else this.receipts.delete(key);
    if (this.receipts.size > 2 * this.selection.limit + 100) this.trim();
  }

  has(sink: string, eventId: string): boolean {
    return this.receipts.has(keyOf(sink, eventId));
  }

  list(): DeliveryReceipt[] {
    return [...this.receipts.values()].sort(compare).slice(0, this.selection.limit);
  }

  private trim(): void {
    const kept = this.list();
    this.receipts.clear();
    for (const receipt of kept) this.receipts.set(keyOf(receipt.sink, receipt.eventId), receipt);
  }

  private matches(receipt: DeliveryReceipt, key: string): boolean {
    const { sink, status, eventId, updatedFrom = -Infinity, updatedUntil = Infinity, after, from = 0 } = this.selection;
    return (
      (this.only === null || this.only.has(key)) &&
      (sink === undefined || receipt.sink === sink) &&
      (status === undefined || receipt.status === status) &&
      (eventId === undefined || receipt.eventId === eventId) &&
      receipt.updatedAt >= updatedFrom &&
      receipt.updatedAt < updatedUntil &&
      receipt.logIndex >= from &&
      (after === undefined || compare(receipt, after) > 0)
    );
  }
}

type Place = Pick<DeliveryReceipt, 'logIndex' | 'sink'>;

function compare(a: Place, b: Place): number {
  return a.logIndex - b.logIndex || (a.sink < b.sink ? -1 : a.sink > b.sink ? 1 : 0);
}

function keyOf(sink: string, eventId: string): string {
  return JSON.stringify([sink, eventId]);
}
