import { appendFileSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { v7 as uuidv7 } from 'uuid';
import type { DeliveryReceipt, SinkCursor } from '../../lib/delivery/delivery-store.port.js';
import { freshLogFolder } from '../support/log-files.js';
import type { LogFolder } from '../support/log-files.js';
import { describeDeliveryStore } from './delivery-store.contract.js';

describeDeliveryStore({
  name: 'JSON Lines files',
  kind: 'file',
  writers: 'one',
  durable: true,
  create: async () => {
    const place = freshLogFolder();
    return { connect: () => place.open(), drop: () => place.drop() };
  },
});

describe('delivery state in files', () => {
  let place: LogFolder;
  beforeEach(() => (place = freshLogFolder()));
  afterEach(() => place.drop());

  const cursor = (nextIndex: number): SinkCursor => ({
    sink: 'a',
    nextIndex,
    batchEnd: null,
    state: 'active',
    attempts: 0,
    nextAttemptAt: null,
    lastError: null,
    deliveredAt: null,
    details: null,
    updatedAt: 1,
  });
  const receipt = (logIndex: number, eventId: string, status: DeliveryReceipt['status']): DeliveryReceipt => ({
    sink: 'a',
    eventId,
    logIndex,
    status,
    txId: null,
    payloadHash: null,
    duplicate: false,
    remoteStatus: null,
    attempts: 1,
    nextAttemptAt: null,
    lastError: null,
    raw: 'x'.repeat(200),
    updatedAt: 1,
  });

  it.each(['closed', 'killed', 'without its state'])('is there again when the log was %s', async (how) => {
    const ids = Array.from({ length: 3000 }, (_, n) => uuidv7({ msecs: 1_000_000 + n }));
    let storage = await place.open();
    for (let n = 0; n < ids.length; n += 100) {
      const page = ids.slice(n, n + 100);
      const receipts = page.map((id, i) => receipt(n + i, id, i === 7 ? 'failed' : i === 9 ? 'pending' : 'delivered'));
      await storage.delivery.commit(cursor(n + 100), receipts);
    }
    await storage.delivery.redrive({ eventIds: [ids[7]] }, 5);
    await storage.delivery.commit(cursor(3000), [receipt(9, ids[9], 'delivered'), receipt(0, ids[0], 'delivered')]);
    const journal = readFileSync(`${place.path}.deliveries`);
    await storage.close();
    if (how === 'without its state') rmSync(`${place.path}.delivery-state`);
    if (how === 'killed') {
      rmSync(`${place.path}.delivery-state`);
      writeFileSync(`${place.path}.deliveries`, journal);
      appendFileSync(`${place.path}.deliveries`, '{"do":"commit","cursor":{"sink":"a","nextIn');
    }
    for (const options of [{ readOnly: true }, {}]) {
      storage = await place.open(options);
      const { delivery } = storage;
      expect(await delivery.readCursor('a')).toEqual(cursor(3000));
      expect(await delivery.countReceipts('a', 0, Infinity)).toEqual({ delivered: 2941, pending: 30, failed: 29 });
      expect(await delivery.countReceipts('a', 50, 1050)).toEqual({ delivered: 980, pending: 10, failed: 10 });
      expect(await delivery.countUndelivered('a')).toEqual({ pending: 30, failed: 29 });
      expect(await delivery.readReceipts('a', [ids[1234], ids[2907]])).toEqual([
        receipt(2907, ids[2907], 'failed'),
        receipt(1234, ids[1234], 'delivered'),
      ]);
      const page = await delivery.findReceipts({ limit: 50, after: { logIndex: 1000, sink: 'a' } });
      expect(page.map(({ logIndex }) => logIndex)).toEqual(Array.from({ length: 50 }, (_, n) => 1001 + n));
      expect((await delivery.findAhead('a', 2995)).map(({ logIndex }) => logIndex)).toEqual([
        2995, 2996, 2997, 2998, 2999,
      ]);
      await storage.close();
    }
    storage = await place.open();
    await storage.delivery.commit(cursor(3001), [receipt(3000, 'last', 'delivered')]);
    expect(await storage.delivery.readCursor('a')).toEqual(cursor(3001));
    expect(await storage.delivery.readReceipts('a', ['last'])).toHaveLength(1);
  });

  it('is followed by a reader, who may not change it', async () => {
    const writer = await place.open();
    const reader = await place.open({ readOnly: true });
    expect(await reader.delivery.readCursors()).toEqual([]);
    for (let n = 1; n < 4; n++) {
      await writer.delivery.commit(cursor(n), [receipt(n, `e-${n}`, n === 2 ? 'failed' : 'delivered')]);
      expect(await reader.delivery.readCursor('a')).toEqual(cursor(n));
      expect(await reader.delivery.readReceipts('a', [`e-${n}`])).toHaveLength(1);
    }
    expect(await reader.delivery.countReceipts('a', 0, 9)).toEqual({ delivered: 2, pending: 0, failed: 1 });
    await expect(reader.delivery.redrive({}, 1)).rejects.toMatchObject({ reason: 'refused' });
    await expect(reader.delivery.commit(cursor(9), [])).rejects.toMatchObject({ reason: 'refused' });
  });
});
