import type { LeaseStore } from '../../lib/ledger/lease-store.port.js';
import { OpenStores } from './ledger-store.harness.js';
import type { StoreHarness } from './ledger-store.harness.js';

/** Leases of every storage. */
export function describeLeaseStore(harness: StoreHarness): void {
  describe(`leases: ${harness.name}`, () => {
    const stores = new OpenStores(harness);
    let leases: LeaseStore;

    beforeEach(async () => {
      await stores.begin();
      leases = (await stores.connect()).leases;
    });
    afterEach(() => stores.end());

    it('gives a lease to one holder, who may renew it', async () => {
      expect(await leases.acquire('job', 'a', 60_000)).toBe(true);
      expect(await leases.acquire('job', 'b', 60_000)).toBe(false);
      expect(await leases.acquire('job', 'a', 90_000)).toBe(true);
      expect(await leases.acquire('other job', 'b', 60_000)).toBe(true);
    });

    it('gives an expired lease to somebody else', async () => {
      expect(await leases.acquire('job', 'a', -1)).toBe(true);
      expect(await leases.acquire('job', 'b', 60_000)).toBe(true);
      expect(await leases.acquire('job', 'a', 60_000)).toBe(false);
    });

    it('lets only the holder give it up', async () => {
      await leases.acquire('job', 'a', 60_000);
      expect(await leases.release('job', 'b')).toBe(false);
      expect(await leases.release('job', 'a')).toBe(true);
      expect(await leases.release('job', 'a')).toBe(false);
      expect(await leases.acquire('job', 'b', 60_000)).toBe(true);
    });

    it('gives a lease to one of many who ask at the same time', async () => {
      const holders = Array.from({ length: 10 }, (_, n) => `holder-${n}`);
      const taken = await Promise.all(holders.map((holder) => leases.acquire('job', holder, 60_000)));
      expect(taken.filter(Boolean)).toHaveLength(1);
    });

    it('lists by prefix, expired ones too', async () => {
      const before = Date.now();
      await leases.acquire('process:b', 'x', 60_000);
      await leases.acquire('process:a', 'y', -1);
      await leases.acquire('Process:c', 'z', 60_000);
      await leases.acquire('process%', 'z', 60_000);
      const found = await leases.list('process:');
      expect(found.map(({ name, holder }) => [name, holder])).toEqual([
        ['process:a', 'y'],
        ['process:b', 'x'],
      ]);
      expect(found[1].expiresAt).toBeGreaterThanOrEqual(before + 60_000);
      expect(await leases.list('')).toHaveLength(4);
      expect(await leases.list('nothing')).toEqual([]);
    });
  });
}
