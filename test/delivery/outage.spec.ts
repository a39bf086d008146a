import { DeliveryService } from '../../lib/delivery/delivery.service.js';
import { ImmutableLogSink } from '../../lib/delivery/immutable-log/immutable-log.sink.js';
import { Ledger } from '../../lib/ledger/ledger.js';
import type { StoredLine } from '../../lib/ledger/ledger-store.port.js';
import { createStorage } from '../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../lib/storage/storage.interface.js';
import { freshPostgres, freshSqliteFile } from '../support/databases.js';
import type { FreshDatabase } from '../support/databases.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import { ImmutableLogServer } from '../support/delivery/immutable-log-server.js';
import { settled } from '../support/delivery/settled.js';
import { auditRuntime } from '../support/runtime.js';
import { sealableEvent } from '../support/sealable-event.js';

const EVENTS = 10_000;

describe('a remote that is down the whole time', () => {
  it(`costs nobody anything: ${EVENTS} events sealed as fast as without it, few rows in memory, all delivered when it is back`, async () => {
    const local = await sealMany({ mode: 'local' });
    await local.close();
    const remote = new ImmutableLogServer();
    const server = await FaultHttpServer.start((request) => remote.handle(request));
    await server.down();
    const sink = new ImmutableLogSink(
      { url: server.url, apiKey: remote.apiKey, retry: { baseMs: 100, maxMs: 1000 }, concurrency: 8 },
      {},
    );
    const hybrid = await sealMany({ mode: 'hybrid', sinks: [sink] });
    process.stderr.write(
      `sealing with a dead remote / in mode local: ${(hybrid.perSecond / local.perSecond).toFixed(2)}\n`,
    );
    // Generous, for machines that do other things as well; a request that waited for the remote would be far below.
    expect(hybrid.perSecond / local.perSecond).toBeGreaterThan(0.4);

    expect(await hybrid.runtime.delivery.status()).toMatchObject([
      { state: 'retrying', lagEvents: EVENTS + 1, nextIndex: 0, failed: 0 },
    ]);
    expect(hybrid.mostRows()).toBeLessThanOrEqual(200);

    await server.up();
    const result = await hybrid.runtime.delivery.flushPending(undefined, { timeoutMs: 60_000 });
    expect(result).toMatchObject({ flushed: EVENTS + 1, failed: 0, still_pending: 0, total: EVENTS + 1 });
    expect(remote.kept).toHaveLength(EVENTS + 1);
    expect(new Set(remote.kept.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(EVENTS + 1);
    expect(hybrid.mostRows()).toBeLessThanOrEqual(200);
    await hybrid.close();
    await server.down();
  }, 120_000);
});

/** Runs a trail that seals many events, and measures how fast. */
async function sealMany(delivery: object) {
  const place = freshSqliteFile();
  const runtime = auditRuntime({
    storage: { type: 'sqlite', path: place.location },
    queue: { thread: 'inline', maxEvents: EVENTS },
    delivery,
  });
  await runtime.start();
  let rows = 0;
  const { ledger } = runtime.storage;
  const readLines = ledger.readLines.bind(ledger);
  ledger.readLines = async (from, limit, sections): Promise<StoredLine[]> => {
    const found = await readLines(from, limit, sections);
    rows = Math.max(rows, found.length);
    return found;
  };
  const started = performance.now();
  for (let i = 0; i < EVENTS; i++) {
    runtime.pipeline.record({ action: 'invoice.delete', resource: { type: 'invoice', id: `inv_${i}` } });
    // As requests do: one after the other, each on its own turn of the event loop.
    await new Promise((resolve) => setImmediate(resolve));
  }
  await runtime.whenIdle();
  const perSecond = EVENTS / ((performance.now() - started) / 1000);
  const close = async (): Promise<void> => {
    await runtime.stop();
    await place.drop();
  };
  return { runtime, perSecond, mostRows: () => rows, close };
}

describe.each([
  ['SQLite', async () => freshSqliteFile(), (path: string) => ({ type: 'sqlite', path }) as const],
  ['PostgreSQL', () => freshPostgres(), (url: string) => ({ type: 'postgres', url, migrate: true }) as const],
])('four instances and one sink on %s', (_, fresh, options) => {
  it('send each event once, and each event that anybody seals', async () => {
    const place: FreshDatabase = await fresh();
    const arrivals: number[] = [];
    const instances = await Promise.all(
      [0, 1, 2, 3].map(async (n) => {
        const storage: AuditStorage = createStorage(options(place.location));
        await storage.open();
        const sink = {
          name: 'shared',
          deliver: async (batch: readonly { logIndex: number }[]): Promise<void> => {
            await new Promise((resolve) => setImmediate(resolve));
            arrivals.push(...batch.map(({ logIndex }) => logIndex));
          },
        };
        const service = new DeliveryService(
          { mode: 'hybrid', sinks: [sink], flushEveryMs: 50 },
          { log: storage.ledger, store: storage.delivery, leases: storage.leases, holder: `instance-${n}` },
        );
        service.start();
        return { storage, service };
      }),
    );
    const writers = instances.map(async ({ storage, service }, n) => {
      const ledger = new Ledger(storage.ledger);
      for (let batch = 0; batch < 10; batch++) {
        const events = Array.from({ length: 5 }, (_, i) => sealableEvent(`${n}-${batch}-${i}`));
        await ledger.append(events);
        service.notify();
      }
    });
    await Promise.all(writers);
    await settled(() => arrivals.length >= 200);
    // The one that serves goes away properly; another takes over at once.
    const serving = (await Promise.all(instances.map(({ service }) => service.status()))).findIndex(
      ([{ serving: yes }]) => yes,
    );
    await instances[serving].service.stop(1000);
    const rest = instances.filter((_, n) => n !== serving);
    await new Ledger(rest[0].storage.ledger).append([sealableEvent('last')]);
    rest[0].service.notify();
    await settled(() => arrivals.length >= 201);
    expect(arrivals).toEqual(Array.from({ length: 201 }, (_, i) => i));
    await Promise.all(rest.map(({ service }) => service.stop(1000)));
    await Promise.all(instances.map(({ storage }) => storage.close()));
    await place.drop();
  }, 60_000);
});
