import type { LedgerStore } from '../../lib/ledger/ledger-store.port.js';
import {
  appendLockedTo,
  appendTo,
  eventWith,
  events,
  expectSoundLog,
  readAll,
  sealOn,
  stateOf,
} from '../support/log-writer.js';
import { OpenStores } from './ledger-store.harness.js';
import type { StoreHarness } from './ledger-store.harness.js';

const EMPTY_ROOT = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';

/** What every ledger store has to do, whatever it keeps the log in. */
export function describeLedgerStore(harness: StoreHarness): void {
  describe(`ledger store: ${harness.name}`, () => {
    const stores = new OpenStores(harness);
    let store: LedgerStore;

    beforeEach(async () => {
      await stores.begin();
      store = (await stores.connect()).ledger;
    });
    afterEach(() => stores.end());

    it('begins empty', async () => {
      expect(store.kind).toBe(harness.kind);
      expect(await store.readHead()).toEqual({
        size: 0,
        root: EMPTY_ROOT,
        compactRange: [],
        createdAt: '',
        origin: '',
      });
      expect(await store.readStreams()).toEqual([]);
      expect(await store.readStreams(['main'])).toEqual([]);
      expect(await store.readRange(0, 10)).toEqual([]);
      expect(await store.readLeafHashes(0, 10)).toEqual([]);
      expect(await store.findById('a')).toBeNull();
      expect(await store.findSealed(['a'])).toEqual([]);
    });

    describe('append', () => {
      it('keeps every field of a row as it was, numbers as numbers', async () => {
        const state = await stateOf(store);
        const full = eventWith('full', {
          actorId: 'user_1',
          resourceType: 'invoice',
          resourceId: 'inv_1',
          tenantId: 't_1',
          requestId: 'r_1',
          correlationId: 'c_1',
        });
        const batch = sealOn(state, [full, eventWith('bare')]);
        const rows = [{ ...batch.rows[0], signature: '{"alg":"ed25519"}', sections: '{"client":{}}' }, batch.rows[1]];
        expect(await store.append({ ...batch, rows })).toBe(true);

        expect(await store.readRange(0, 10)).toEqual(rows);
        expect(await store.findById('full')).toEqual(rows[0]);
        expect(await store.readHead()).toEqual(batch.after);
        expect(await store.readStreams()).toEqual(batch.streams);
        expect((await store.readHead()).createdAt).toBe(rows[0].occurredAt);
      });

      it('appends batch after batch, to several streams', async () => {
        await appendTo(store, [...events('a', 3), ...events('b', 2, 'tenant:1'), ...events('c', 1)]);
        await appendTo(store, [...events('d', 2, 'tenant:1'), ...events('e', 1, 'tenant:2')]);
        await expectSoundLog(store, 9);
        const [tenant] = await store.readStreams(['tenant:1', 'unknown']);
        expect(tenant).toMatchObject({ name: 'tenant:1', nextSequence: 4 });
      });

      it.each([
        ['size', { size: 1 }],
        ['root', { root: '0'.repeat(64) }],
      ])('does nothing when the %s of the head is another one', async (_, other) => {
        await appendTo(store, events('a', 2));
        const batch = sealOn(await stateOf(store), events('b', 2, 'other'));
        expect(await store.append({ ...batch, before: { ...batch.before, ...other } })).toBe(false);
        const rows = await expectSoundLog(store, 2);
        expect(rows.map(({ eventId }) => eventId)).toEqual(['a-0', 'a-1']);
      });

      it('lets exactly one of two batches win that were sealed on the same head', async () => {
        const state = await stateOf(store);
        const results = await Promise.all(['a', 'b', 'c'].map((name) => store.append(sealOn(state, events(name, 2)))));
        expect(results.filter(Boolean)).toHaveLength(1);
        await expectSoundLog(store, 2);
      });

      it('refuses an event id that is in the log already, and writes nothing of its batch', async () => {
        await appendTo(store, events('a', 2));
        const again = appendTo(store, [...events('b', 2), ...events('a', 1)]);
        await expect(again).rejects.toMatchObject({ name: 'StoreError', reason: 'duplicate', transient: false });
        await expectSoundLog(store, 2);
        expect(await appendTo(store, events('b', 2))).toBe(true);
      });

      it('takes large and many records', async () => {
        const large = Array.from({ length: 40 }, (_, n) => {
          const event = eventWith(`large-${n}`);
          const padding = `,"pad":${JSON.stringify(`${'x"\\é🙂'.repeat(4000)}${n}`)}`;
          return { ...event, parts: [event.parts[0], event.parts[1], padding, event.parts[3]] as typeof event.parts };
        });
        await appendTo(store, large);
        await appendTo(store, events('small', 1200));
        const rows = await expectSoundLog(store, 1240);
        expect(rows[0].record).toContain(large[0].parts[2]);
        expect(Buffer.byteLength(rows[0].record)).toBeGreaterThan(40_000);
      });

      it('takes many streams at once', async () => {
        const list = Array.from({ length: 700 }, (_, n) => eventWith(`e-${n}`, {}, `tenant:${n}`));
        await appendTo(store, list);
        await appendLockedTo(
          store,
          list.map(({ id, stream }) => eventWith(`${id}b`, {}, stream)),
        );
        await expectSoundLog(store, 1400);
      });
    });

    describe('appendLocked', () => {
      it('seals on the state under the lock', async () => {
        await appendTo(store, [...events('a', 2), ...events('b', 1, 'other')]);
        await store.appendLocked(['main', 'new'], ({ head, streams }) => {
          expect(head.size).toBe(3);
          expect([...streams.keys()]).toEqual(['main']);
          return sealOn({ head, streams }, [...events('c', 1), ...events('d', 1, 'new')]);
        });
        await expectSoundLog(store, 5);
      });

      it('writes nothing when there is nothing to seal', async () => {
        await store.appendLocked(['main'], () => null);
        await expectSoundLog(store, 0);
      });

      it('writes nothing and releases the lock when sealing throws', async () => {
        const failure = new RangeError('cannot be sealed');
        await expect(
          store.appendLocked(['main'], () => {
            throw failure;
          }),
        ).rejects.toBe(failure);
        await appendLockedTo(store, events('a', 1));
        await expectSoundLog(store, 1);
      });

      it('refuses a batch that was sealed on another state', async () => {
        await appendTo(store, events('a', 1));
        const { head, streams } = await stateOf(store);
        await appendTo(store, events('b', 1));
        const stale = store.appendLocked(['main'], () => sealOn({ head, streams }, events('c', 1)));
        await expect(stale).rejects.toThrow(/size 1 .*has size 2/);
        await expectSoundLog(store, 2);
      });

      it('refuses a known event id and writes nothing', async () => {
        await appendLockedTo(store, events('a', 1));
        await expect(appendLockedTo(store, [...events('b', 1), ...events('a', 1)])).rejects.toMatchObject({
          reason: 'duplicate',
        });
        await expectSoundLog(store, 1);
      });
    });

    it('keeps one unbroken log with many writers', async () => {
      const connections = harness.writers === 'many' ? 4 : 1;
      const writers = [store];
      while (writers.length < connections) writers.push((await stores.connect()).ledger);

      const names: string[] = [];
      await Promise.all(
        Array.from({ length: 8 }, async (_, writer) => {
          const own = writers[writer % writers.length];
          for (let round = 0; round < 6; round++) {
            const list = [...events(`w${writer}r${round}`, 3), ...events(`s${writer}r${round}`, 2, `s${writer % 3}`)];
            names.push(...list.map(({ id }) => id));
            const optimistic = round % 2 === 0 && (await appendTo(own, list).catch(() => false));
            if (!optimistic) await appendLockedTo(own, list);
          }
        }),
      );
      const rows = await expectSoundLog(writers[writers.length - 1], names.length);
      expect(rows.map(({ eventId }) => eventId).sort()).toEqual(names.sort());
    });

    if (harness.durable) {
      it('is there after a restart', async () => {
        await appendTo(store, events('a', 3));
        await store.close();
        const again = (await stores.connect()).ledger;
        await again.open();
        await appendTo(again, events('b', 2));
        await expectSoundLog(again, 5);
      });

      it('is opened as often as one likes', async () => {
        await appendTo(store, events('a', 1));
        const others = await Promise.all([stores.connect(), stores.connect(), stores.connect()]);
        await Promise.all(others.map((storage) => storage.open()));
        for (const other of others) expect((await other.ledger.readHead()).size).toBe(1);
      });
    }

    describe('reading', () => {
      it('reads ranges and leaf hashes by index', async () => {
        await appendTo(store, events('a', 12));
        const all = await readAll(store, 5);
        expect(await store.readRange(3, 4)).toEqual(all.slice(3, 7));
        expect(await store.readRange(10, 100)).toEqual(all.slice(10));
        expect(await store.readRange(12, 100)).toEqual([]);
        const lines = await store.readLines(3, 4, true);
        for (const line of lines) expect(all[line.logIndex]).toMatchObject(line);
        expect(lines.map(({ logIndex }) => logIndex)).toEqual([3, 4, 5, 6]);
        const [{ sections, ...bare }] = await store.readLines(11, 100, false);
        expect(all[11]).toMatchObject(bare);
        expect([null, all[11].sections]).toContain(sections);
        expect(await store.readLines(12, 100, true)).toEqual([]);
        const leaves = all.map(({ leafHash }) => leafHash);
        expect(await store.readLeafHashes(2, 5)).toEqual(leaves.slice(2, 5));
        expect(await store.readLeafHashes(5, 5)).toEqual([]);
        expect(await store.readLeafHashes(10, 99)).toEqual(leaves.slice(10));
      });

      it('finds which events are sealed, and where', async () => {
        await appendTo(store, [...events('a', 700), ...events('b', 3, 'other')]);
        const asked = [...events('a', 700), ...events('b', 3), ...events('c', 600)].map(({ id }) => id);
        const found = await store.findSealed(asked);
        expect(found).toHaveLength(703);
        const row = await store.findById('b-2');
        expect(found.find(({ eventId }) => eventId === 'b-2')).toEqual({
          eventId: 'b-2',
          logIndex: 702,
          stream: 'other',
          sequence: 2,
          hash: row?.hash,
          occurredAt: row?.occurredAt,
        });
        expect(await store.findSealed([])).toEqual([]);
      });
    });
  });
}
