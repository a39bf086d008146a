import type {
  DeliveryReceipt,
  DeliveryStore,
  ReceiptCounts,
  ReceiptFilter,
  RedriveSelection,
  SinkCursor,
} from '../../../delivery/delivery-store.port.js';
import { idTime } from '../index/id-time.js';
import { Turns } from '../io/turns.js';
import type { WriteAccess } from '../write-access.js';
import type { LogPaths } from '../log-paths.js';
import { DeliveryJournal } from './delivery-journal.js';
import type { ReceiptZone } from './receipt-zones.js';
import { ReceiptPage } from './receipt-page.js';

/**
 * State of delivery in a journal beside the log. What is not delivered is in memory; receipts of delivered events are
 * looked up in the file. Nothing is forced to the disk, so a power failure may take the last lines, and what they tell of
 * is delivered again under the same id.
 */
export class FileDeliveryStore implements DeliveryStore {
  private readonly turns = new Turns();
  private readonly journal: DeliveryJournal;

  constructor(
    paths: LogPaths,
    private readonly access: WriteAccess,
  ) {
    this.journal = new DeliveryJournal(paths.deliveries, paths.deliveryState);
  }

  readCursor(sink: string): Promise<SinkCursor | null> {
    return this.reading(({ open }) => open.readCursor(sink));
  }

  readCursors(): Promise<SinkCursor[]> {
    return this.reading(({ open }) => open.readCursors());
  }

  createCursor(cursor: SinkCursor): Promise<SinkCursor> {
    return this.writing(async (journal) => {
      const found = await journal.open.readCursor(cursor.sink);
      if (!found) await journal.write({ do: 'create', cursor });
      return found ?? cursor;
    });
  }

  commit(cursor: SinkCursor, receipts: readonly DeliveryReceipt[]): Promise<number> {
    return this.writing(async (journal) => {
      const { nextIndex = 0 } = (await journal.open.readCursor(cursor.sink)) ?? {};
      const known = await this.delivered(receipts.map(({ sink, eventId }) => ({ sink, eventId })));
      const changes = receipts.filter(
        ({ sink, eventId, status }) => status === 'delivered' || !known.has(sink, eventId),
      );
      const again = changes.filter(({ sink, eventId }) => known.has(sink, eventId)).map(({ eventId }) => eventId);
      await journal.write({ do: 'commit', cursor, receipts: changes, again });
      return Math.max(cursor.nextIndex, nextIndex);
    });
  }

  expedite(sink: string): Promise<void> {
    return this.writing((journal) => journal.write({ do: 'expedite', sink }));
  }

  readReceipts(sink: string, eventIds: readonly string[]): Promise<DeliveryReceipt[]> {
    return this.reading(async ({ open }) => {
      const delivered = await this.delivered(eventIds.map((eventId) => ({ sink, eventId })));
      return [...(await open.readReceipts(sink, eventIds)), ...delivered.list()];
    });
  }

  findAcknowledged(eventIds: readonly string[]): Promise<ReadonlySet<string>> {
    return this.reading(async ({ open }) => {
      const sinks = (await open.readCursors()).map(({ sink }) => sink);
      const events = sinks.flatMap((sink) => eventIds.map((eventId) => ({ sink, eventId })));
      return new Set((await this.delivered(events)).list().map(({ eventId }) => eventId));
    });
  }

  findReceipts(filter: ReceiptFilter): Promise<DeliveryReceipt[]> {
    return this.reading(async (journal) => {
      const page = new ReceiptPage(filter);
      if (filter.status === undefined || filter.status === 'delivered') {
        const { eventId, after } = filter;
        const mayHold = (zone: ReceiptZone) =>
          (eventId === undefined || mayHoldId(zone, eventId)) &&
          (after === undefined || zone.highest >= after.logIndex);
        await journal.visit(mayHold, (line) => page.take(line));
      }
      for (const receipt of await journal.open.findReceipts(filter)) page.add(receipt);
      return page.list();
    });
  }

  findParked(sink: string, below: number, dueAt: number, limit: number): Promise<DeliveryReceipt[]> {
    return this.reading(({ open }) => open.findParked(sink, below, dueAt, limit));
  }

  findAhead(sink: string, from: number): Promise<DeliveryReceipt[]> {
    return this.reading(async (journal) => {
      const page = new ReceiptPage({ sink, limit: Infinity, from });
      await journal.visit(
        (zone) => zone.highest >= from,
        (line) => page.take(line),
      );
      for (const receipt of await journal.open.findAhead(sink, from)) page.add(receipt);
      return page.list();
    });
  }

  countReceipts(sink: string, from: number, until: number): Promise<ReceiptCounts> {
    return this.reading(async (journal) => {
      let { delivered } = await journal.open.countReceipts(sink, from, until);
      const isWhole = (zone: ReceiptZone) => zone.lowest >= from && zone.highest < until;
      for (const zone of journal.zones.zones) if (isWhole(zone)) delivered += zone.counts[sink] ?? 0;
      const isPart = (zone: ReceiptZone) => !isWhole(zone) && zone.highest >= from && zone.lowest < until;
      const counts = (receipt: DeliveryReceipt) =>
        receipt.sink === sink && receipt.status === 'delivered' && receipt.logIndex >= from && receipt.logIndex < until;
      await journal.visit(isPart, (line) => {
        if (line.do !== 'commit') return;
        const again = new Set(line.again);
        delivered += line.receipts.filter((receipt) => counts(receipt) && !again.has(receipt.eventId)).length;
      });
      const { pending, failed } = await journal.open.countReceipts(sink, from, until);
      return { delivered, pending, failed };
    });
  }

  countUndelivered(sink: string): Promise<{ pending: number; failed: number }> {
    return this.reading(({ open }) => open.countUndelivered(sink));
  }

  removeReceipts(sink: string, eventIds: readonly string[]): Promise<void> {
    return this.writing((journal) => journal.write({ do: 'remove', sink, eventIds }));
  }

  redrive(selection: RedriveSelection, now: number): Promise<number> {
    return this.writing(async (journal) => {
      const before = await this.countFailed();
      await journal.write({ do: 'redrive', selection, now });
      return before - (await this.countFailed());
    });
  }

  /** Writes the state down; to be called when the log is closed. */
  close(): Promise<void> {
    return this.turns.take(async () => {
      if (this.access.isWritable) await this.journal.saveState();
    });
  }

  /** Receipts of those of the events that are delivered. */
  private async delivered(events: readonly { sink: string; eventId: string }[]): Promise<ReceiptPage> {
    const page = new ReceiptPage({ limit: Infinity, only: events });
    const ids = new Set(events.map(({ eventId }) => eventId));
    await this.journal.visit(
      (zone) => zone.highest >= 0 && [...ids].some((id) => mayHoldId(zone, id)),
      (line) => page.take(line),
    );
    return page;
  }

  private async countFailed(): Promise<number> {
    return (await this.journal.open.findReceipts({ status: 'failed', limit: Number.MAX_SAFE_INTEGER })).length;
  }

  private reading<T>(work: (journal: DeliveryJournal) => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      await this.journal.catchUp();
      return work(this.journal);
    });
  }

  private writing<T>(work: (journal: DeliveryJournal) => Promise<T>): Promise<T> {
    return this.reading((journal) => {
      this.access.assertWritable();
      return work(journal);
    });
  }
}

function mayHoldId({ earliest, latest, timeless }: ReceiptZone, id: string): boolean {
  const time = idTime(id);
  return time === null ? timeless : time >= earliest && time <= latest;
}
