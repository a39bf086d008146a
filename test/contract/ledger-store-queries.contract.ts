import type { EventFilter, EventPageRequest, LedgerStore } from '../../lib/ledger/ledger-store.port.js';
import { appendTo, eventWith, readAll } from '../support/log-writer.js';
import { OpenStores } from './ledger-store.harness.js';
import type { StoreHarness } from './ledger-store.harness.js';

const SIZE = 60;
const time = (n: number) => `2026-11-21T20:${String(n).padStart(2, '0')}:00.000000Z`;

/** Filters and pages of every ledger store. */
export function describeLedgerQueries(harness: StoreHarness): void {
  describe(`queries: ${harness.name}`, () => {
    const stores = new OpenStores(harness);
    let store: LedgerStore;

    const begin = async () => {
      await stores.begin();
      store = (await stores.connect()).ledger;
    };
    const idsOf = async (filter: EventFilter) =>
      (await store.findPage({ direction: 'ascending', limit: 1000, ...filter })).map(({ eventId }) => eventId);

    describe('pages', () => {
      afterAll(() => stores.end());
      beforeAll(async () => {
        await begin();
        await appendTo(
          store,
          Array.from({ length: SIZE }, (_, n) =>
            eventWith(
              `e${n}`,
              {
                // Not in the order of the log: pages are ordered by index alone.
                occurredAt: time((n * 7) % SIZE),
                action: ['invoice.create', 'invoice.delete', 'user.login'][n % 3],
                outcome: n % 10 === 0 ? 'denied' : 'success',
                severity: n % 10 === 0 ? 'warning' : 'info',
                actorId: n % 4 === 0 ? null : `user_${n % 4}`,
                actorType: n % 2 === 0 ? 'user' : 'service',
                resourceType: n % 3 === 2 ? null : 'invoice',
                resourceId: n % 3 === 2 ? null : `inv_${n % 5}`,
                tenantId: `t_${n % 2}`,
                requestId: `r_${n}`,
                correlationId: `c_${n % 6}`,
              },
              n % 5 === 0 ? 'side' : 'main',
            ),
          ),
        );
      });

      const FILTERS: readonly (readonly [string, EventFilter, number])[] = [
        ['nothing', {}, 60],
        ['an action', { action: 'invoice.delete' }, 20],
        ['several actions', { action: ['invoice.delete', 'user.login', 'x'] }, 40],
        ['no action at all', { action: [] }, 0],
        ['a prefix of actions', { actionPrefix: 'invoice.' }, 40],
        ['an empty prefix', { actionPrefix: '' }, 60],
        ['an outcome', { outcome: 'denied' }, 6],
        ['several severities', { severity: ['warning', 'error'] }, 6],
        ['an actor', { actorId: 'user_3' }, 15],
        ['an actor type', { actorType: 'service' }, 30],
        ['a resource type', { resourceType: 'invoice' }, 40],
        ['a resource without an id', { resourceId: null }, 20],
        ['a type of resource without an id', { resourceType: 'invoice', resourceId: null }, 0],
        ['a resource', { resourceType: 'invoice', resourceId: 'inv_2' }, 8],
        ['a tenant', { tenantId: 't_1' }, 30],
        ['a request', { requestId: 'r_17' }, 1],
        ['a correlation', { correlationId: 'c_3' }, 10],
        ['a stream', { stream: 'side' }, 12],
        ['a place in a stream', { stream: 'side', sequence: 11 }, 1],
        ['a place behind the end of a stream', { stream: 'side', sequence: 12 }, 0],
        ['a beginning', { occurredFrom: time(50) }, 10],
        ['an end', { occurredUntil: time(10) }, 10],
        ['a time range', { occurredFrom: time(10), occurredUntil: time(20) }, 10],
        ['conditions joined', { tenantId: 't_0', actionPrefix: 'inv', outcome: 'success', actorType: 'user' }, 16],
      ];

      it.each(FILTERS)('filters by %s', async (_, filter, count) => {
        const all = await readAll(store);
        const found = await store.findPage({ direction: 'ascending', limit: 1000, ...filter });
        expect(found).toHaveLength(count);
        const indexes = new Set(found.map(({ logIndex }) => logIndex));
        expect(found).toEqual(all.filter(({ logIndex }) => indexes.has(logIndex)));
        const backwards = await store.findPage({ direction: 'descending', limit: 1000, ...filter });
        expect(backwards).toEqual(found.reverse());
      });

      it.each(['ascending', 'descending'] as const)('pages %s without gap or overlap', async (direction) => {
        const filter = { tenantId: 't_1', direction } as const;
        const whole = await store.findPage({ ...filter, limit: 1000 });
        const pages: typeof whole = [];
        for (let after: number | undefined; ;) {
          const request: EventPageRequest = { ...filter, limit: 7, ...(after === undefined ? {} : { after }) };
          const page = await store.findPage(request);
          if (page.length === 0) break;
          expect(page.length).toBeLessThanOrEqual(7);
          pages.push(...page);
          after = page[page.length - 1].logIndex;
        }
        expect(pages).toEqual(whole);
        expect(pages).toHaveLength(30);
      });
    });

    describe('exactness', () => {
      const ALIKE = [
        'Bob',
        'bob',
        'bob ',
        ' bob',
        'böb',
        'bo\u0308b',
        'BÖB',
        'bob\t',
        'b\u200bob',
        '𝐛ob',
        'bob🙂',
        'ボブ',
        'ﾎﾞﾌﾞ',
      ];

      afterAll(() => stores.end());
      beforeAll(async () => {
        await begin();
        await appendTo(
          store,
          ALIKE.map((name, n) => eventWith(`e${n}`, { actorId: name, action: `${name}.x`, requestId: name }, name)),
        );
      });

      it('tells texts apart that are alike', async () => {
        expect((await readAll(store)).map(({ actorId }) => actorId)).toEqual(ALIKE);
        for (const [n, name] of ALIKE.entries()) {
          expect(await idsOf({ actorId: name })).toEqual([`e${n}`]);
          expect(await idsOf({ requestId: name })).toEqual([`e${n}`]);
          expect(await idsOf({ stream: name })).toEqual([`e${n}`]);
          expect(await store.readStreams([name])).toMatchObject([{ name, nextSequence: 1 }]);
        }
      });

      it('takes a prefix as it stands', async () => {
        expect(await idsOf({ actionPrefix: 'bob' })).toEqual(['e1', 'e2', 'e7', 'e10']);
        expect(await idsOf({ actionPrefix: 'bob🙂' })).toEqual(['e10']);
        expect(await idsOf({ actionPrefix: 'b%' })).toEqual([]);
        expect(await idsOf({ actionPrefix: 'b_b' })).toEqual([]);
        expect(await idsOf({ actionPrefix: '\u{10ffff}' })).toEqual([]);
        expect(await idsOf({ actionPrefix: 'b\u{10ffff}' })).toEqual([]);
        expect(await idsOf({ actionPrefix: '\ud7ff' })).toEqual([]);
      });

      it.each(["'; DROP TABLE audit_event; --", '\\', "\\' OR 1=1", '%', '\0', 'bob\0', '\ud800', '?', '$1', ':x'])(
        'finds nothing for %j',
        async (text) => {
          expect(await idsOf({ actorId: text })).toEqual([]);
          expect(await idsOf({ action: [text, text] })).toEqual([]);
          expect(await idsOf({ actionPrefix: text })).toEqual([]);
          expect(await store.findById(text)).toBeNull();
          expect(await store.findSealed([text, 'e1'])).toHaveLength(1);
        },
      );

      it('keeps event ids apart that are alike', async () => {
        await appendTo(store, [eventWith('ID'), eventWith('id'), eventWith('id '), eventWith('ïd')]);
        expect((await store.findById('id '))?.eventId).toBe('id ');
        expect(await store.findSealed(['ID', 'ïd', 'Id'])).toHaveLength(2);
      });
    });
  });
}
