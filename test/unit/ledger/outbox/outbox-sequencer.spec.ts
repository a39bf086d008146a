import type { SealableEvent } from '../../../../lib/event/sealable-event.js';
import { InlineSealer } from '../../../../lib/ledger/inline-sealer.js';
import { Ledger } from '../../../../lib/ledger/ledger.js';
import type { LeaseStore } from '../../../../lib/ledger/lease-store.port.js';
import type { AppendBatch, LedgerStore } from '../../../../lib/ledger/ledger-store.port.js';
import type { OutboxStore } from '../../../../lib/ledger/outbox-store.port.js';
import { OutboxSequencer } from '../../../../lib/ledger/outbox/outbox-sequencer.js';
import type { OutboxSequencerOptions } from '../../../../lib/ledger/outbox/outbox-sequencer.js';
import { formatIdentity, ownIdentity } from '../../../../lib/ledger/process/process-identity.js';
import { EventQueue } from '../../../../lib/ledger/queue/event-queue.js';
import { StoreError } from '../../../../lib/ledger/store.error.js';
import { MemoryStorage } from '../../../../lib/storage/memory/memory-storage.js';
import { createStorage } from '../../../../lib/storage/storage.factory.js';
import type { AuditStorage } from '../../../../lib/storage/storage.interface.js';
import type { SqlOutboxStore } from '../../../../lib/storage/typeorm/outbox/sql-outbox-store.js';
import type { SqlStorage } from '../../../../lib/storage/typeorm/sql-storage.js';
import { freshPostgres, freshSqliteFile } from '../../../support/databases.js';
import { events, expectSoundLog } from '../../../support/log-writer.js';
import { sealableEvent } from '../../../support/sealable-event.js';

const KINDS = ['memory', 'sqlite', 'postgres'] as const;
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** Opens a place any number of times, as so many processes would. */
async function place(kind: (typeof KINDS)[number]): Promise<() => Promise<AuditStorage>> {
  if (kind === 'memory') {
    const storage = new MemoryStorage();
    return async () => storage;
  }
  const { location, drop } = kind === 'sqlite' ? freshSqliteFile() : await freshPostgres();
  closing.push(drop);
  return async () => {
    const options = kind === 'sqlite' ? { type: kind, path: location } : { type: kind, url: location };
    const storage = createStorage({ ...options, migrate: true });
    await storage.open();
    closing.push(() => storage.close());
    return storage;
  };
}

interface Process {
  readonly sequencer: OutboxSequencer;
  readonly queue: EventQueue;
  readonly failures: unknown[];
}

const queueOptions = {
  maxEvents: 1000,
  maxBytes: 1_000_000,
  maxBatch: 100,
  lingerMs: 1,
  retryBaseMs: 1,
  retryMaxMs: 2,
  sealTimeoutMs: 10_000,
};

function boot(storage: AuditStorage, more: Partial<OutboxSequencerOptions> & { ledger?: LedgerStore } = {}): Process {
  const failures: unknown[] = [];
  const sealer = new InlineSealer(new Ledger(more.ledger ?? storage.ledger, { algorithm: 'sha256' }));
  const reduced = (event: SealableEvent): SealableEvent => ({ ...event, sections: [] });
  const queue = new EventQueue(sealer, queueOptions, {
    gapEvent: (gap) => sealableEvent(`gap:${gap.reason}`),
    reduced,
    onFailure: (error) => failures.push(error),
  });
  const sequencer = new OutboxSequencer({
    outbox: storage.outbox,
    leases: storage.leases,
    holder: formatIdentity(ownIdentity()),
    seal: (list) => queue.relay(list),
    reduced,
    gapEvent: ({ eventId }, reason) => sealableEvent(`${reason}:${eventId}`),
    onFailure: (error) => failures.push(error),
    retry: { retryBaseMs: 1, retryMaxMs: 2 },
    everyMs: 5,
    ...more,
  });
  closing.push(() => sequencer.stop(1_000));
  return { sequencer, queue, failures };
}

function put(storage: AuditStorage, list: readonly SealableEvent[]): Promise<void> {
  return (storage.outbox as SqlOutboxStore).insert(list, (storage as SqlStorage).database?.dataSource);
}

/** A store of which some calls fail. */
function failing<T extends object>(target: T, faults: Partial<Record<keyof T, (...args: any[]) => void>>): T {
  return new Proxy(target, {
    get(_, name) {
      const fault = faults[name as keyof T];
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]) => {
        fault?.(...args);
        return (value as (...args: unknown[]) => unknown).apply(target, args);
      };
    },
  });
}

const idsOf = (rows: readonly { eventId: string }[]) => rows.map(({ eventId }) => eventId);

describe.each(KINDS)('OutboxSequencer on %s', (kind) => {
  it('moves what is there into the log, in order and in batches', async () => {
    const connect = await place(kind);
    const storage = await connect();
    const list = events('row', 25);
    await put(storage, list);
    const { sequencer, queue } = boot(storage, { maxBatch: 10 });
    await sequencer.whenIdle();
    expect(idsOf(await expectSoundLog(storage.ledger))).toEqual(list.map(({ id }) => id));
    expect(await storage.outbox.count()).toBe(0);
    expect(sequencer.stats()).toEqual({ moved: 25, setAside: 0 });
    expect(queue.stats()).toMatchObject({ accepted: 25, sealed: 25, pending: 0, lost: 0 });
  });

  it('moves rows as soon as it is told, and without being told what others left', async () => {
    const storage = await (await place(kind))();
    await put(storage, events('left', 1));
    const { sequencer } = boot(storage, { everyMs: 3_600_000 });
    sequencer.start();
    await until(async () => (await storage.outbox.count()) === 0);
    await put(storage, events('told', 1));
    sequencer.notify();
    await until(async () => (await storage.outbox.count()) === 0);
    await sequencer.stop(1_000);

    await put(storage, events('found', 1));
    const other = boot(storage, { everyMs: 1 });
    await other.sequencer.whenIdle();
    await put(storage, events('later', 1));
    await until(async () => (await storage.outbox.count()) === 0);
    expect(idsOf(await expectSoundLog(storage.ledger))).toEqual(['left-0', 'told-0', 'found-0', 'later-0']);
  });

  it('doubles nothing when it was killed between append and removal', async () => {
    const connect = await place(kind);
    const storage = await connect();
    await put(storage, events('row', 12));
    let killed = 0;
    const outbox = failing(storage.outbox, {
      remove: () => {
        killed++;
        throw new StoreError('gone', { reason: 'connection' });
      },
    });
    const dead = boot(storage, {
      outbox,
      everyMs: 3_600_000,
      retry: { retryBaseMs: 3_600_000, retryMaxMs: 3_600_000 },
    });
    dead.sequencer.notify();
    await until(async () => killed === 1);
    expect(await storage.outbox.count()).toBe(12);

    const next = boot(await connect());
    await put(storage, events('new', 3));
    await next.sequencer.whenIdle();
    const rows = await expectSoundLog(storage.ledger, 15);
    expect(new Set(idsOf(rows)).size).toBe(15);
    expect(await storage.outbox.count()).toBe(0);
    const { accepted, sealed, pending, lost } = next.queue.stats();
    expect(accepted).toBe(sealed + pending + lost);
  });

  it('takes several at once, also without any lease', async () => {
    const connect = await place(kind);
    const storage = await connect();
    const crowd = [storage, await connect(), await connect()].map((own) =>
      boot(own, { leases: LAWLESS, maxBatch: 7, everyMs: 1 }),
    );
    const wanted: string[] = [];
    for (let round = 0; round < 10; round++) {
      const list = events(`r${round}`, 9);
      wanted.push(...list.map(({ id }) => id));
      await put(storage, list);
      for (const { sequencer } of crowd) sequencer.notify();
    }
    await Promise.all(crowd.map(({ sequencer }) => sequencer.whenIdle()));
    const rows = await expectSoundLog(storage.ledger);
    expect(idsOf(rows).sort()).toEqual(wanted.sort());
    expect(await storage.outbox.count()).toBe(0);
    for (const { queue, sequencer } of crowd) {
      const { accepted, sealed, pending, lost } = queue.stats();
      expect([accepted, pending, lost]).toEqual([sealed, 0, 0]);
      expect(sequencer.stats().setAside).toBe(0);
    }
  });

  it('leaves the work to whoever has the lease, and takes it from the dead', async () => {
    const storage = await (await place(kind))();
    const { host } = ownIdentity();
    await put(storage, events('row', 2));
    await storage.leases.acquire('outbox:sequence', `elsewhere:1:-:00000000`, 60_000);
    const one = boot(storage, { everyMs: 3_600_000 });
    await one.sequencer.stop(1_000);
    expect(await storage.outbox.count()).toBe(2);
    await storage.leases.release('outbox:sequence', `elsewhere:1:-:00000000`);

    const dead = formatIdentity({ host, pid: 999_999_999, startTicks: null, boot: 'deadbeef' });
    await storage.leases.acquire('outbox:sequence', dead, 3_600_000);
    const two = boot(storage);
    await two.sequencer.whenIdle();
    expect(await storage.outbox.count()).toBe(0);
    await two.sequencer.stop(1_000);
    expect(await storage.leases.list('outbox:')).toEqual([]);
  });

  it('goes on after failures of the store, wherever they come', async () => {
    const storage = await (await place(kind))();
    const list = events('row', 40);
    await put(storage, list);
    let calls = 0;
    const fault = () => {
      if (++calls % 5 === 0 || calls % 7 === 0) throw new StoreError('away', { reason: 'connection' });
    };
    const outbox: OutboxStore = failing(storage.outbox, { read: fault, remove: fault });
    const ledger = failing(storage.ledger, { append: fault, findSealed: fault });
    const { sequencer, queue, failures } = boot(storage, { outbox, ledger, maxBatch: 6 });
    await sequencer.whenIdle();
    expect(idsOf(await expectSoundLog(storage.ledger))).toEqual(list.map(({ id }) => id));
    expect(failures.length).toBeGreaterThan(0);
    expect(queue.stats()).toMatchObject({ pending: 0, lost: 0 });
    expect(queue.stats().accepted).toBe(queue.stats().sealed);
  });

  it('reduces what the store refuses, and sets aside what it refuses even so', async () => {
    const storage = await (await place(kind))();
    const bad = { ...sealableEvent('bad'), sections: [{ name: 'metadata' as const, json: '{"a":1}' }] };
    const worse = sealableEvent('worse');
    const list = [...events('row', 5), bad, ...events('more', 5), worse, sealableEvent('last')];
    await put(storage, list);
    const refuse = ({ rows }: AppendBatch) => {
      const refused = rows.some(({ eventId, sections }) => eventId === 'worse' || (eventId === 'bad' && sections));
      if (refused) throw new StoreError('no', { reason: 'refused' });
    };
    const { sequencer } = boot(storage, { ledger: failing(storage.ledger, { append: refuse }) });
    await sequencer.whenIdle();
    const rows = await expectSoundLog(storage.ledger);
    expect(new Set(idsOf(rows))).toEqual(
      new Set([...list.map(({ id }) => id).filter((id) => id !== 'worse'), 'outbox_unstorable:worse']),
    );
    expect(await storage.outbox.count()).toBe(1);
    expect(sequencer.stats()).toEqual({ moved: 12, setAside: 1 });
  });

  it('is bounded when it stops: what is left stays in the outbox', async () => {
    const storage = await (await place(kind))();
    await put(storage, events('row', 3));
    let release: (() => void) | undefined;
    const frozen = new Promise<void>((resolve) => (release = resolve));
    const { sequencer } = boot(storage, { seal: () => frozen });
    await sequencer.stop(10);
    expect(await storage.outbox.count()).toBe(3);
    release?.();
  });
});

describe.each(['sqlite', 'postgres'] as const)('OutboxSequencer and rows that are no events, on %s', (kind) => {
  it('tells of each once, keeps it, and goes on', async () => {
    const connect = await place(kind);
    const storage = (await connect()) as SqlStorage;
    const sound = events('row', 4);
    await put(storage, sound.slice(0, 2));
    const good = JSON.stringify(sealableEvent('x'));
    const p6 = sealableEvent('p6');
    const payloads = [
      'no json',
      'null',
      '{}',
      '{"id":"p3"}',
      good,
      JSON.stringify({ ...sealableEvent('p5'), parts: ['{', '}', '', ''] }),
      JSON.stringify({ ...p6, parts: [p6.parts[0].replace('},"alg":', ',"id":7},"alg":'), ...p6.parts.slice(1)] }),
      JSON.stringify({ ...sealableEvent('p7'), sections: [{ name: 'evil', json: '1' }] }),
    ];
    for (const [n, payload] of payloads.entries()) {
      await storage.database.execute('INSERT INTO audit_outbox (event_id, payload, created_at) VALUES (?, ?, ?)', [
        `p${n}`,
        payload,
        '2026-11-21T20:44:00.123456Z',
      ]);
    }
    await put(storage, sound.slice(2));
    const told = payloads.map((_, n) => `outbox_unreadable:p${n}`);
    for (let start = 0; start < 2; start++) {
      const { sequencer } = boot(await connect(), { maxBatch: 3 });
      await sequencer.whenIdle();
      await sequencer.whenIdle();
      expect(sequencer.stats().setAside).toBe(payloads.length);
      expect(idsOf(await expectSoundLog(storage.ledger)).sort()).toEqual(
        [...told, ...sound.map(({ id }) => id)].sort(),
      );
      expect(await storage.outbox.count()).toBe(payloads.length);
      await sequencer.stop(1_000);
    }
    await put(storage, events('after', 1));
    const { sequencer } = boot(storage, { maxBatch: 3 });
    await sequencer.whenIdle();
    expect(await storage.outbox.count()).toBe(payloads.length);
  });
});

describe('EventQueue.relay', () => {
  it('gets its turn although the queue is never empty', async () => {
    const storage = new MemoryStorage();
    const { queue } = boot(storage);
    let feeding = true;
    const feed = (n: number) => {
      queue.offer(sealableEvent(`own-${n}`));
      if (feeding && n < 100_000) setImmediate(feed, n + 1);
    };
    feed(0);
    await queue.relay(events('relayed', 3));
    feeding = false;
    await queue.whenIdle();
    const { accepted, sealed, pending, lost } = queue.stats();
    expect([pending, lost]).toEqual([0, 0]);
    expect(accepted).toBe(sealed);
    expect(accepted).toBeLessThan(100_000);
  });
});

const LAWLESS: LeaseStore = { acquire: async () => true, release: async () => true, list: async () => [] };

/** Looks again at each turn of the event loop; the test's own time-out is the bound. */
async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise<void>((resolve) => setImmediate(resolve));
}
