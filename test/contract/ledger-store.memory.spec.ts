import { createStorage } from '../../lib/storage/storage.factory.js';
import { eventWith, events } from '../support/log-writer.js';
import type { StoreHarness } from './ledger-store.harness.js';
import { describeLedgerStore } from './ledger-store.contract.js';
import { describeDiscard } from './ledger-store-discard.contract.js';
import { describeLeaseStore } from './ledger-store-leases.contract.js';
import { describeLedgerQueries } from './ledger-store-queries.contract.js';
import { MemoryOutboxStore } from '../../lib/storage/memory/memory-outbox-store.js';

const memory: StoreHarness = {
  name: 'memory',
  kind: 'memory',
  writers: 'one',
  durable: false,
  create: async () => {
    const storage = createStorage({ type: 'memory' });
    await storage.open();
    return { connect: async () => storage, drop: async () => undefined };
  },
};

describeLedgerStore(memory);
describeLedgerQueries(memory);
describeLeaseStore(memory);
describeDiscard(memory);

it('memory outbox: gives out what was put in, in order, until it is removed', async () => {
  const outbox = new MemoryOutboxStore();
  await outbox.insert([...events('a', 3), eventWith('b')]);
  const entries = await outbox.read(3);
  expect(entries.map(({ event }) => event?.id)).toEqual(['a-0', 'a-1', 'a-2']);
  await outbox.remove(entries.map(({ position }) => position));
  expect(await outbox.read(3)).toMatchObject([{ event: { id: 'b' } }]);
  expect(await outbox.count()).toBe(1);
});
