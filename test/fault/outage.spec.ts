import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freshPostgres } from '../support/databases.js';
import type { FreshDatabase } from '../support/databases.js';
import { FaultProxy } from '../support/fault-proxy.js';
import { auditRuntime } from '../support/runtime.js';

const QUEUE = { thread: 'inline', retryBaseMs: 5, retryMaxMs: 20, maxBatch: 20 } as const;

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('the database goes away while events come in (PostgreSQL)', () => {
  let database: FreshDatabase;
  let proxy: FaultProxy;
  beforeEach(async () => {
    database = await freshPostgres();
    proxy = await FaultProxy.start(database.location);
  });
  afterEach(async () => {
    await proxy.close();
    await database.drop();
  });
  const trail = (queue: object = {}) =>
    auditRuntime({
      service: { name: 'outage' },
      storage: { type: 'postgres', url: proxy.url, migrate: true, poolSize: 2 },
      queue: { ...QUEUE, ...queue },
    });

  it('cut behind every message of an append in turn: nothing is lost, nothing is twice', async () => {
    const runtime = trail();
    await runtime.start();
    let expected = 1;
    // An append is a handful of messages; past their number the cut falls into the following ones.
    for (let messages = 0; messages < 14; messages++) {
      proxy.cutAfter(messages);
      for (let i = 0; i < 7; i++)
        runtime.pipeline.record({ action: 'outage.run', resource: { type: 'cut', id: `${messages}.${i}` } });
      expected += 7;
      const before = proxy.cuts;
      let isIdle = false;
      const idle = runtime.whenIdle().then(() => (isIdle = true));
      while (proxy.cuts === before && !isIdle) await turn();
      await proxy.heal();
      await idle;
      expect(runtime.stats()).toMatchObject({ accepted: expected, sealed: expected, pending: 0, lost: 0 });
    }
    expect(proxy.cuts).toBeGreaterThan(5);
    const result = await runtime.verify();
    expect(result).toMatchObject({ valid: true, totalEvents: expected });
    const ids = new Set<string>();
    for await (const { record } of runtime.reader.stream({ action: 'outage.run' })) ids.add(record.resource?.id ?? '');
    expect(ids.size).toBe(14 * 7);
    await runtime.stop();
  }, 60_000);

  it('away under load without a spool: bounded in memory, the rest counted in a gap', async () => {
    const runtime = trail({ maxEvents: 200 });
    await runtime.start();
    await proxy.goDown();
    for (let i = 0; i < 1_000; i++) runtime.pipeline.record({ action: 'flood.run' });
    const { pending, lost } = runtime.stats();
    expect(pending).toBeLessThanOrEqual(200 + QUEUE.maxBatch);
    expect(pending + lost).toBe(1_000);
    await proxy.heal();
    await runtime.whenIdle();
    const gaps = await runtime.reader.find({ action: 'audit.gap' });
    const told = gaps.items.reduce((sum, { sections }) => sum + (sections.metadata as { count: number }).count, 0);
    expect(told).toBe(runtime.stats().lost);
    expect((await runtime.reader.find({ action: 'flood.run', limit: 1000 })).items).toHaveLength(1_000 - told);
    expect((await runtime.verify()).valid).toBe(true);
    await runtime.stop();
  }, 60_000);

  it('away under load with a spool: everything is sealed afterwards, in order', async () => {
    const runtime = trail({ maxEvents: 100, spool: join(mkdtempSync(join(tmpdir(), 'audit-outage-')), 'spool') });
    await runtime.start();
    await proxy.goDown();
    for (let i = 0; i < 1_500; i++)
      runtime.pipeline.record({ action: 'flood.run', resource: { type: 'n', id: String(i) } });
    expect(runtime.stats()).toMatchObject({ accepted: 1_501, pending: 1_500, lost: 0 });
    await proxy.heal();
    await runtime.whenIdle();
    expect(runtime.stats()).toMatchObject({ accepted: 1_501, sealed: 1_501, pending: 0, lost: 0 });
    const order: number[] = [];
    for await (const { record } of runtime.reader.stream({ action: 'flood.run', order: 'oldest' })) {
      order.push(Number(record.resource?.id));
    }
    expect(order).toEqual(Array.from({ length: 1_500 }, (_, i) => i));
    expect((await runtime.verify()).valid).toBe(true);
    await runtime.stop();
  }, 60_000);
});
