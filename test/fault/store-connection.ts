import { DataSource } from 'typeorm';
import type { LedgerStore } from '../../lib/ledger/ledger-store.port.js';
import { Ledger } from '../../lib/ledger/ledger.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { SqlLedgerStore } from '../../lib/storage/typeorm/ledger/sql-ledger-store.js';
import { SqlDatabase } from '../../lib/storage/typeorm/sql-database.js';
import type { FreshDatabase } from '../support/databases.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { appendLockedTo, events, expectSoundLog, sealOn, stateOf } from '../support/log-writer.js';

const BATCH = 5;
const MOST_MESSAGES = 60;

export interface ConnectionFaultHarness {
  readonly name: string;
  readonly type: 'postgres' | 'mysql';
  fresh(): Promise<FreshDatabase>;
}

/** The connection is cut behind every message of an append: all of a batch is in the log, or nothing of it. */
export function describeConnectionFaults({ name, type, fresh }: ConnectionFaultHarness): void {
  describe(`connection faults: ${name}`, () => {
    let place: FreshDatabase;
    let proxy: FaultProxy;
    let storage: AuditStorage;
    let observer: AuditStorage;

    beforeEach(async () => {
      place = await fresh();
      observer = createStorage({ type, url: place.location, migrate: true });
      await observer.open();
      proxy = await FaultProxy.start(place.location);
      storage = createStorage({ type, url: proxy.url, poolSize: 1 });
      await storage.open();
      await appendLockedTo(storage.ledger, [...events('first', 2), ...events('other', 2, 'other')]);
    });
    afterEach(async () => {
      await storage.close();
      await observer.close();
      await proxy.close();
      await place.drop();
    });

    const ways: [string, (store: LedgerStore, id: string) => Promise<() => Promise<unknown>>][] = [
      [
        'append',
        async (store, id) => {
          const list = [...events(id, BATCH - 2), ...events(`${id}-o`, 2, 'other')];
          const batch = sealOn(await stateOf(observer.ledger), list);
          return () => store.append(batch);
        },
      ],
      [
        'appendLocked',
        async (store, id) => () => appendLockedTo(store, [...events(id, BATCH - 2), ...events(`${id}-o`, 2, 'other')]),
      ],
    ];

    it.each(ways)(
      '%s, cut behind every message',
      async (way, prepare) => {
        const ends = { nothingWritten: 0, writtenAndNotTold: 0, done: 0 };
        for (let messages = 0; ends.done === 0; messages++) {
          expect(messages).toBeLessThan(MOST_MESSAGES);
          const id = `${way}-${messages}`;
          const attempt = await prepare(storage.ledger, id);
          const before = (await observer.ledger.readHead()).size;

          proxy.cutAfter(messages);
          const cuts = proxy.cuts;
          const error = await attempt().then(
            () => null,
            (thrown: unknown) => thrown,
          );
          const cut = proxy.cuts > cuts;
          await proxy.heal();

          const ids = [...events(id, BATCH - 2), ...events(`${id}-o`, 2)].map((event) => event.id);
          const sealed = await observer.ledger.findSealed(ids);
          expect([0, BATCH]).toContain(sealed.length);
          await expectSoundLog(observer.ledger, before + sealed.length);
          if (cut) expect(error).toMatchObject({ name: 'StoreError', reason: 'connection', transient: true });
          else expect([error, sealed.length]).toEqual([null, BATCH]);
          ends[!cut ? 'done' : sealed.length === 0 ? 'nothingWritten' : 'writtenAndNotTold']++;

          // What the ledger does then: look the ids up and append what is missing, on a new connection.
          const again = [...events(id, BATCH - 2), ...events(`${id}-o`, 2, 'other')];
          const receipts = await new Ledger(storage.ledger).append(again, true);
          expect(receipts.map((receipt) => receipt.id)).toEqual(again.map((event) => event.id));
          await expectSoundLog(observer.ledger, before + BATCH);
        }
        // Otherwise the proxy cut nothing, or never where it hurts.
        expect(ends.nothingWritten).toBeGreaterThan(2);
        expect(ends.writtenAndNotTold).toBeGreaterThan(0);
      },
      60_000,
    );

    it('gives up on a server that says nothing any more', async () => {
      const dataSource = await new DataSource({ type, url: proxy.url }).initialize();
      const database = new SqlDatabase(dataSource, { statementTimeoutMs: 100 });
      const store = new SqlLedgerStore(database);
      await appendLockedTo(store, events('a', 1));
      proxy.freeze();
      const silent = {
        name: 'StoreError',
        reason: 'connection',
        message: expect.stringContaining('No answer for 100 ms'),
      };
      await expect(store.readHead()).rejects.toMatchObject(silent);
      await proxy.heal();
      await appendLockedTo(store, events('b', 1));
      await expectSoundLog(observer.ledger, 6);
      await dataSource.destroy();
    });

    it('goes on by itself when the server comes back', async () => {
      await proxy.goDown();
      await expect(storage.ledger.readHead()).rejects.toMatchObject({ reason: 'connection', transient: true });
      await expect(appendLockedTo(storage.ledger, events('a', 1))).rejects.toMatchObject({ reason: 'connection' });
      await expect(storage.leases.acquire('a', 'b', 1000)).rejects.toMatchObject({ reason: 'connection' });
      await proxy.heal();
      await appendLockedTo(storage.ledger, events('b', 1));
      await expectSoundLog(storage.ledger, 5);
    });
  });
}
