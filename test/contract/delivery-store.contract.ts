import type { DeliveryReceipt, DeliveryStore, SinkCursor } from '../../lib/delivery/delivery-store.port.js';
import { appendTo, events } from '../support/log-writer.js';
import { OpenStores } from './ledger-store.harness.js';
import type { StoreHarness } from './ledger-store.harness.js';

const SEALED = 500;
const NOW = Date.parse('2026-11-21T20:44:00.123Z');

function cursorOf(fields: Partial<SinkCursor> = {}): SinkCursor {
  return {
    sink: 'a',
    nextIndex: 0,
    batchEnd: null,
    state: 'active',
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
    deliveredAt: null,
    details: null,
    updatedAt: NOW,
    ...fields,
  };
}

function receiptOf(logIndex: number, fields: Partial<DeliveryReceipt> = {}): DeliveryReceipt {
  return {
    sink: 'a',
    eventId: `event-${logIndex}`,
    logIndex,
    status: 'delivered',
    txId: null,
    payloadHash: null,
    duplicate: false,
    remoteStatus: null,
    attempts: 1,
    nextAttemptAt: null,
    lastError: null,
    raw: null,
    updatedAt: NOW,
    ...fields,
  };
}

const range = (from: number, to: number, fields?: Partial<DeliveryReceipt>): DeliveryReceipt[] =>
  Array.from({ length: to - from }, (_, i) => receiptOf(from + i, fields));

/** What every store of delivery state has to do. */
export function describeDeliveryStore(harness: StoreHarness): void {
  describe(`delivery store: ${harness.name}`, () => {
    const stores = new OpenStores(harness);
    let store: DeliveryStore;

    beforeEach(async () => {
      await stores.begin();
      const { delivery, ledger } = await stores.connect();
      store = delivery;
      await appendTo(ledger, events('event', SEALED)); // receipts are of events that are in the log
    });
    afterEach(() => stores.end());

    const indexes = async (found: Promise<DeliveryReceipt[]>): Promise<number[]> =>
      (await found).map(({ logIndex }) => logIndex);

    it('tells which events some destination has acknowledged', async () => {
      await store.commit(cursorOf({ nextIndex: 2 }), [receiptOf(0), receiptOf(1, { status: 'failed' })]);
      await store.commit(cursorOf({ sink: 'b', nextIndex: 4 }), [
        receiptOf(0, { sink: 'b' }),
        receiptOf(1, { sink: 'b', status: 'pending' }),
        receiptOf(2, { sink: 'b' }),
      ]);
      const asked = [0, 1, 2, 3].map((n) => `event-${n}`);
      expect([...(await store.findAcknowledged(asked))].sort()).toEqual(['event-0', 'event-2']);
      expect([...(await store.findAcknowledged([]))]).toEqual([]);
    });

    it('keeps every field as it was', async () => {
      const cursor = cursorOf({
        nextIndex: 2 ** 40,
        batchEnd: 2 ** 40 + 7,
        state: 'held',
        attempts: 3,
        nextAttemptAt: NOW + 5,
        lastError: 'HTTP 401: "größe" \\ ✓',
        deliveredAt: NOW - 1,
        details: { memory: { manifestKey: 'a/b', n: 1, none: null }, range: ['ff'] },
      });
      const full = receiptOf(2 ** 40, {
        txId: 'tx_1',
        payloadHash: 'f'.repeat(64),
        duplicate: true,
        remoteStatus: 'accepted',
        attempts: 9,
        lastError: 'odd',
        raw: '{"ok":true}',
      });
      await store.commit(cursor, [full, receiptOf(1, { status: 'pending', nextAttemptAt: NOW })]);
      expect(await store.readCursor('a')).toEqual(cursor);
      expect(await store.readReceipts('a', [full.eventId, 'event-1', 'unknown'])).toEqual(
        expect.arrayContaining([full, receiptOf(1, { status: 'pending', nextAttemptAt: NOW })]),
      );
    });

    it('begins empty and makes a cursor once', async () => {
      expect(await store.readCursor('a')).toBeNull();
      expect(await store.readCursors()).toEqual([]);
      expect(await store.createCursor(cursorOf({ nextIndex: 5 }))).toEqual(cursorOf({ nextIndex: 5 }));
      expect(await store.createCursor(cursorOf({ nextIndex: 9 }))).toEqual(cursorOf({ nextIndex: 5 }));
      await store.createCursor(cursorOf({ sink: 'B' }));
      expect((await store.readCursors()).map(({ sink }) => sink)).toEqual(['B', 'a']);
    });

    it('never moves a cursor back, but writes the receipts', async () => {
      expect(await store.commit(cursorOf({ nextIndex: 10, lastError: 'x' }), [])).toBe(10);
      expect(await store.commit(cursorOf({ nextIndex: 7 }), range(5, 7))).toBe(10);
      expect(await store.readCursor('a')).toMatchObject({ nextIndex: 10, lastError: 'x' });
      expect(await indexes(store.findReceipts({ limit: 10 }))).toEqual([5, 6]);
      expect(await store.commit(cursorOf({ nextIndex: 10, state: 'held' }), [])).toBe(10);
      expect(await store.readCursor('a')).toMatchObject({ state: 'held' });
    });

    it('lets delivered receipts stay delivered, and all others change', async () => {
      const failed = { status: 'failed', lastError: 'no' } as const;
      await store.commit(cursorOf(), [receiptOf(1), receiptOf(2, failed), receiptOf(3, { status: 'pending' })]);
      await store.commit(cursorOf(), [receiptOf(1, failed), receiptOf(2, { status: 'pending' }), receiptOf(3, failed)]);
      const statuses = async () => (await store.findReceipts({ limit: 9 })).map(({ status }) => status);
      expect(await statuses()).toEqual(['delivered', 'pending', 'failed']);
      await store.commit(cursorOf(), range(1, 4, { duplicate: true }));
      expect(await statuses()).toEqual(['delivered', 'delivered', 'delivered']);
      expect((await store.readReceipts('a', ['event-3']))[0]).toMatchObject({ duplicate: true, lastError: null });
    });

    it('takes batches of any size', async () => {
      for (const [from, to] of [
        [0, 1],
        [1, 21],
        [21, 122],
        [122, 459],
      ])
        await store.commit(cursorOf({ nextIndex: to }), range(from, to));
      expect(await store.countReceipts('a', 0, Infinity)).toEqual({ delivered: 459, pending: 0, failed: 0 });
      const ids = range(0, 1200).map(({ eventId }) => eventId);
      expect(await store.readReceipts('a', ids)).toHaveLength(459);
    });

    it('removes what waits, and nothing else', async () => {
      const rows = [...range(0, 3), receiptOf(3, { status: 'pending' }), receiptOf(4, { status: 'failed' })];
      await store.commit(cursorOf(), [...rows, receiptOf(5, { status: 'pending' })]);
      await store.removeReceipts('a', ['event-0', 'event-3', 'event-4', 'unknown']);
      expect(await indexes(store.findReceipts({ limit: 9 }))).toEqual([0, 1, 2, 4, 5]);
      expect(await store.countReceipts('a', 0, 9)).toEqual({ delivered: 3, pending: 1, failed: 1 });
    });

    describe('neighbours whose receipts say the same', () => {
      const hash = (n: number): string => n.toString(16).padStart(64, '0');
      const each = (from: number, to: number): DeliveryReceipt[] =>
        range(from, to).map((one) => ({ ...one, payloadHash: hash(one.logIndex), remoteStatus: '204' }));

      it('are told apart as if each had been written alone', async () => {
        const alike = range(0, 40, { txId: 'object-1', payloadHash: hash(7), remoteStatus: 'kept', raw: 'é"\\' });
        const other = range(60, 80, { txId: 'object-2', attempts: 3, updatedAt: NOW + 1000 });
        const odd = receiptOf(90, { duplicate: true });
        const unhashed = range(91, 94, { payloadHash: 'short' });
        const all = [...alike, ...each(40, 60), ...other, odd, ...unhashed];
        for (const sink of ['a', 'b']) await store.createCursor(cursorOf({ sink }));
        await store.commit(cursorOf({ nextIndex: 94 }), all);
        await store.commit(cursorOf({ sink: 'b', nextIndex: 50 }), range(20, 50, { sink: 'b' }));

        expect(await store.findReceipts({ sink: 'a', limit: 999 })).toEqual(all);
        expect(await store.findReceipts({ sink: 'a', status: 'delivered', limit: 25 })).toEqual(all.slice(0, 25));
        expect(await store.findReceipts({ sink: 'a', limit: 9, updatedFrom: NOW + 1 })).toEqual(other.slice(0, 9));
        expect(await indexes(store.findReceipts({ sink: 'a', limit: 999, updatedUntil: NOW + 1 }))).toHaveLength(64);
        expect(await store.readReceipts('a', ['event-41', 'event-85'])).toEqual([all[41]]);
        expect(await store.findReceipts({ eventId: 'event-41', limit: 9 })).toMatchObject([
          { sink: 'a', payloadHash: hash(41) },
          { sink: 'b', payloadHash: null },
        ]);
        expect(await store.findReceipts({ eventId: 'event-41', updatedFrom: NOW + 1, limit: 9 })).toEqual([]);
        expect(await store.findReceipts({ eventId: 'event-41', status: 'failed', limit: 9 })).toEqual([]);
        expect(await store.countReceipts('a', 0, Infinity)).toEqual({ delivered: 84, pending: 0, failed: 0 });
        expect((await store.countReceipts('a', 10, 65)).delivered).toBe(55);
        expect((await store.countReceipts('a', 45, 46)).delivered).toBe(1);
        expect((await store.countReceipts('a', 80, 90)).delivered).toBe(0);
        expect(await indexes(store.findAhead('a', 78))).toEqual([78, 79, 90, 91, 92, 93]);
        const paged: DeliveryReceipt[] = [];
        for (let after: DeliveryReceipt | undefined; ;) {
          const page = await store.findReceipts({ limit: 7, after });
          paged.push(...page);
          if (page.length < 7) break;
          after = page.at(-1);
        }
        expect(paged.filter(({ sink }) => sink === 'a')).toEqual(all);
        expect(paged.filter(({ sink }) => sink === 'b')).toEqual(range(20, 50, { sink: 'b' }));
        expect(paged.map(({ logIndex }) => logIndex)).toEqual(
          paged.map(({ logIndex }) => logIndex).sort((a, b) => a - b),
        );
      });

      it('stay delivered and are counted once, however often they come and in whatever pieces', async () => {
        await store.commit(cursorOf({ nextIndex: 20 }), each(0, 20));
        await store.commit(cursorOf({ nextIndex: 30 }), each(10, 30));
        await store.commit(cursorOf({ nextIndex: 5 }), each(0, 5));
        await store.commit(cursorOf({ nextIndex: 30 }), [
          receiptOf(3, { status: 'failed' }),
          receiptOf(25, { status: 'pending' }),
        ]);
        expect(await store.countReceipts('a', 0, 99)).toEqual({ delivered: 30, pending: 0, failed: 0 });
        expect(await store.findReceipts({ limit: 99 })).toEqual(each(0, 30));
        expect(await store.redrive({}, NOW)).toBe(0);
      });

      it('leave alone those that were refused or waited before', async () => {
        await store.commit(cursorOf(), [receiptOf(2, { status: 'pending' }), receiptOf(6, { status: 'failed' })]);
        await store.commit(cursorOf({ nextIndex: 10 }), [...each(0, 6), ...each(7, 10)]);
        expect(await store.countReceipts('a', 0, 99)).toEqual({ delivered: 9, pending: 0, failed: 1 });
        expect(await store.findReceipts({ status: 'delivered', limit: 99 })).toEqual([...each(0, 6), ...each(7, 10)]);
        expect(await store.redrive({}, NOW)).toBe(1);
        await store.commit(cursorOf({ nextIndex: 10 }), each(6, 7));
        expect(await store.findReceipts({ limit: 99 })).toEqual(each(0, 10));
      });

      it('are found whole after the cursor was set back by hand', async () => {
        await store.commit(cursorOf({ nextIndex: 300 }), each(0, 300));
        for (let from = 0; from < 300; from += 7)
          await store.commit(cursorOf({ nextIndex: 300 }), each(from, Math.min(300, from + 7)));
        expect(await store.findReceipts({ limit: 999 })).toEqual(each(0, 300));
        expect((await store.countReceipts('a', 0, 999)).delivered).toBe(300);
      });
    });

    it('finds receipts by sink, status, event and time, in pages', async () => {
      for (const sink of ['a', 'b']) await store.createCursor(cursorOf({ sink }));
      await store.commit(cursorOf(), [...range(0, 4), receiptOf(4, { status: 'failed', updatedAt: NOW + 1000 })]);
      await store.commit(cursorOf({ sink: 'b' }), range(2, 6, { sink: 'b' }));
      const places = (found: readonly DeliveryReceipt[]): string[] =>
        found.map(({ sink, logIndex }) => `${sink}${logIndex}`);
      const all = ['a0', 'a1', 'a2', 'b2', 'a3', 'b3', 'a4', 'b4', 'b5'];
      expect(places(await store.findReceipts({ limit: 99 }))).toEqual(all);
      const paged: string[] = [];
      for (let after: DeliveryReceipt | undefined; ;) {
        const page = await store.findReceipts({ limit: 4, after });
        paged.push(...places(page));
        if (page.length < 4) break;
        after = page.at(-1);
      }
      expect(paged).toEqual(all);
      expect(places(await store.findReceipts({ sink: 'b', status: 'delivered', limit: 2 }))).toEqual(['b2', 'b3']);
      expect(places(await store.findReceipts({ status: 'failed', limit: 9 }))).toEqual(['a4']);
      expect(places(await store.findReceipts({ eventId: 'event-3', limit: 9 }))).toEqual(['a3', 'b3']);
      expect(places(await store.findReceipts({ eventId: 'event-3', sink: 'b', limit: 9 }))).toEqual(['b3']);
      expect(places(await store.findReceipts({ updatedFrom: NOW + 1, limit: 9 }))).toEqual(['a4']);
      expect(places(await store.findReceipts({ sink: 'a', updatedUntil: NOW + 1000, limit: 9 }))).toEqual([
        'a0',
        'a1',
        'a2',
        'a3',
      ]);
    });

    it('finds what is parked behind the cursor and due, and what is ahead of it', async () => {
      const pending = (logIndex: number, nextAttemptAt: number | null): DeliveryReceipt =>
        receiptOf(logIndex, { status: 'pending', nextAttemptAt });
      await store.commit(cursorOf({ nextIndex: 6 }), [
        pending(5, NOW),
        pending(1, null),
        pending(2, NOW + 1),
        receiptOf(3, { status: 'failed' }),
        receiptOf(4),
        pending(6, null),
        receiptOf(7),
        receiptOf(8, { status: 'failed' }),
      ]);
      expect(await indexes(store.findParked('a', 6, NOW, 10))).toEqual([1, 5]);
      expect(await indexes(store.findParked('a', 6, Infinity, 2))).toEqual([1, 2]);
      expect(await indexes(store.findAhead('a', 6))).toEqual([6, 7, 8]);
      expect(await store.countUndelivered('a')).toEqual({ pending: 4, failed: 2 });
      expect(await store.countReceipts('a', 3, 7)).toEqual({ delivered: 1, pending: 2, failed: 1 });
      await store.expedite('a');
      expect(await indexes(store.findParked('a', 6, NOW, 10))).toEqual([1, 2, 5]);
    });

    it('clears the wait of one sink only', async () => {
      for (const sink of ['a', 'b'])
        await store.commit(cursorOf({ sink, nextAttemptAt: NOW, state: 'retrying', attempts: 4 }), []);
      await store.expedite('a');
      expect(await store.readCursor('a')).toMatchObject({ nextAttemptAt: null, state: 'retrying', attempts: 4 });
      expect(await store.readCursor('b')).toMatchObject({ nextAttemptAt: NOW });
    });

    it('re-drives failed events by id, by time, by sink, all', async () => {
      const failed = (logIndex: number, sink: string, updatedAt = NOW): DeliveryReceipt =>
        receiptOf(logIndex, { sink, status: 'failed', attempts: 4, updatedAt });
      const rows = [failed(1, 'a'), failed(2, 'a', NOW + 10), failed(3, 'a', NOW + 20), receiptOf(4)];
      await store.commit(cursorOf(), rows);
      await store.commit(cursorOf({ sink: 'b' }), [failed(1, 'b'), receiptOf(9, { sink: 'b', status: 'pending' })]);
      expect(await store.redrive({ eventIds: ['event-4', 'event-9', 'unknown'] }, NOW + 99)).toBe(0);
      expect(await store.redrive({ sink: 'a', failedFrom: NOW + 10, failedUntil: NOW + 20 }, NOW + 99)).toBe(1);
      expect((await store.readReceipts('a', ['event-2']))[0]).toMatchObject({
        status: 'pending',
        attempts: 0,
        nextAttemptAt: null,
        updatedAt: NOW + 99,
      });
      expect(await store.redrive({ eventIds: ['event-1'] }, NOW)).toBe(2);
      expect(await store.redrive({}, NOW)).toBe(1);
      expect(await store.redrive({}, NOW)).toBe(0);
    });

    if (harness.writers === 'many' && harness.durable) {
      it('lets two processes commit at once', async () => {
        const other = (await stores.connect()).delivery;
        await store.createCursor(cursorOf());
        const work = async (one: DeliveryStore, step: number): Promise<void> => {
          for (let at = 0; at < 60; at += step) {
            await one.commit(cursorOf({ nextIndex: Math.min(60, at + step) }), range(at, Math.min(60, at + step)));
          }
        };
        await Promise.all([work(store, 3), work(other, 7)]);
        expect(await store.readCursor('a')).toMatchObject({ nextIndex: 60 });
        expect(await other.countReceipts('a', 0, 60)).toEqual({ delivered: 60, pending: 0, failed: 0 });
      });
    }
  });
}
