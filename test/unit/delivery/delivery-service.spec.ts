import type { ConfiguredSink } from '../../../lib/delivery/audit-sink.interface.js';
import { DeliveryService } from '../../../lib/delivery/delivery.service.js';
import type { DeliveryServiceOptions, DeliveryServiceParts } from '../../../lib/delivery/delivery.service.js';
import type { DeliveryResult } from '../../../lib/delivery/delivery-result.js';
import {
  DeliveryConfigurationError,
  RequiredDeliveryError,
  UnknownSinkError,
} from '../../../lib/delivery/delivery.errors.js';
import { SECTION_NAMES } from '../../../lib/event/audit-event.interface.js';
import { DispatchWorld } from '../../support/delivery/dispatch-harness.js';
import { except, recordingSink } from '../../support/delivery/recording-sink.js';
import type { RecordingSink } from '../../support/delivery/recording-sink.js';
import { settled } from '../../support/delivery/settled.js';

const down: DeliveryResult = { status: 'transient', error: 'down' };
const rejected: DeliveryResult = { status: 'rejected', error: 'HTTP 422' };
const refused: DeliveryResult = { status: 'sink_failure', error: 'HTTP 401' };

function serviceOf(
  world: DispatchWorld,
  sinks: readonly ConfiguredSink[],
  options: DeliveryServiceOptions = {},
  parts: Partial<DeliveryServiceParts> = {},
): DeliveryService {
  const { log, store, leases, clock, random, holder, onAlarm } = world.parts();
  const record: DeliveryServiceParts['record'] = async (event) => {
    world.recorded.push(event);
    const [{ eventId, logIndex }] = world.log.append([event]);
    return { id: eventId, logIndex };
  };
  return new DeliveryService(
    { mode: 'hybrid', sinks, ...options },
    { log, store, leases, clock, random, holder, onAlarm, record, ...parts },
  );
}

describe('flushPending', () => {
  it('says exactly what it did', async () => {
    const world = new DispatchWorld();
    world.log.append(5);
    const sink = recordingSink({ answer: () => [down] });
    const service = serviceOf(world, [sink]);
    service.start();
    await service.whenIdle();
    sink.answer = except(({ logIndex }) => (logIndex === 1 ? rejected : undefined));
    const figures = { flushed: 4, failed: 1, still_pending: 0, held: 0, total: 5 };
    expect(await service.flushPending()).toEqual({ ...figures, stillPending: 0, sinks: { remote: figures } });
    const nothing = { flushed: 0, failed: 0, still_pending: 0, held: 0, total: 0 };
    expect(await service.flushPending('remote')).toEqual({ ...nothing, stillPending: 0, sinks: { remote: nothing } });
    await service.stop();
  });

  it('needs no start, and tries at once what waits', async () => {
    const world = new DispatchWorld();
    world.log.append(3);
    const sink = recordingSink({ answer: () => [down], retry: { baseMs: 3_600_000, maxMs: 3_600_000 } });
    const service = serviceOf(world, [sink]);
    expect(await service.flushPending()).toMatchObject({
      flushed: 0,
      still_pending: 3,
      stillPending: 3,
      held: 0,
      total: 3,
    });
    sink.answer = except(({ logIndex }) => (logIndex === 2 ? down : undefined));
    expect(await service.flushPending()).toMatchObject({ flushed: 2, still_pending: 1, total: 3 });
    sink.answer = () => undefined;
    expect(await service.flushPending()).toMatchObject({ flushed: 1, still_pending: 0, total: 1 });
    await service.stop();
  });

  it('counts what is held, and only what the sink is meant to get', async () => {
    const world = new DispatchWorld();
    world.log.append([{ action: 'a' }, { action: 'b' }, { action: 'a' }, { action: 'b' }]);
    const held = recordingSink({ name: 'held', when: { action: ['a'] }, answer: except(() => refused) });
    let isBroken = true;
    const odd = recordingSink({
      name: 'odd',
      when: ({ sequence }) => {
        if (isBroken && sequence === 1) throw new Error('odd');
        return true;
      },
    });
    const service = serviceOf(world, [held, odd]);
    const result = await service.flushPending();
    expect(result.sinks).toEqual({
      held: { flushed: 0, failed: 0, still_pending: 2, held: 2, total: 2 },
      odd: { flushed: 3, failed: 0, still_pending: 1, held: 1, total: 4 },
    });
    expect(await service.flushPending('odd')).toMatchObject({ flushed: 0, still_pending: 1, held: 1, total: 1 });
    isBroken = false;
    expect(await service.flushPending('odd')).toMatchObject({ flushed: 1, still_pending: 0, held: 0, total: 1 });
    await service.stop();
  });

  it('ends although new events keep coming', async () => {
    const world = new DispatchWorld();
    world.log.append(3);
    const sink = recordingSink({
      maxBatch: 1,
      answer: () => void (world.log.rows.length < 100 && world.log.append(1)),
    });
    const service = serviceOf(world, [sink]);
    expect(await service.flushPending()).toMatchObject({ flushed: 3, total: 3 });
    await service.stop();
  });

  it('without a sink that works changes nothing and says so', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    const remote = recordingSink({ network: true, answer: () => [down] });
    const before = serviceOf(world, [remote]);
    await before.flushPending();
    await before.stop();
    const left = await world.store.readCursor('remote');

    const local = serviceOf(world, [remote], { mode: 'local' });
    expect(await local.flushPending()).toEqual({
      flushed: 0,
      failed: 0,
      still_pending: 0,
      stillPending: 0,
      held: 0,
      total: 0,
      sinks: {},
      note: expect.stringContaining('nothing was sent, nothing changed'),
    });
    expect((await local.flushPending('remote')).note).toContain('nothing changed');
    await expect(local.flushPending('other')).rejects.toThrow(UnknownSinkError);
    await local.stop();
    expect(await world.store.readCursor('remote')).toEqual(left);

    remote.answer = () => undefined;
    const after = serviceOf(world, [remote]);
    expect(await after.flushPending()).toMatchObject({ flushed: 2 }); // what was left pending is not lost
    await after.stop();
  });
});

describe('modes', () => {
  it('local uses no network, says so once, and lets other sinks work', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    const remote = recordingSink({ name: 'remote', network: true });
    const vital = recordingSink({ name: 'vital', network: true, required: true });
    const file = recordingSink({ name: 'file' });
    const service = serviceOf(world, [remote, vital, file], { mode: 'local' });
    service.start();
    await service.whenIdle();
    expect([remote.calls.length, vital.calls.length, file.calls.length]).toEqual([0, 0, 1]);
    expect(world.alarmKinds).toEqual(['sinks_off', 'required_sink_unavailable']);
    expect((await service.status()).map(({ sink, state }) => [sink, state])).toEqual([
      ['file', 'active'],
      ['remote', 'off'],
      ['vital', 'off'],
    ]);
    await expect(service.awaitRequired({ id: 'x', logIndex: 0 }, 10)).rejects.toMatchObject({
      sink: 'vital',
      reason: 'off',
    });
    await service.stop();
  });

  it('finds mistakes in sinks that are off', () => {
    const world = new DispatchWorld();
    const odd = recordingSink({ network: true, when: { actions: ['x'] } as never });
    expect(() => serviceOf(world, [odd], { mode: 'local' })).toThrow(DeliveryConfigurationError);
  });

  it('remote wants a sink that gets everything', () => {
    const world = new DispatchWorld();
    const some = recordingSink({ network: true, when: { action: ['x'] } });
    expect(() => serviceOf(world, [some], { mode: 'remote' })).toThrow(/the remote is the record/);
    expect(() => serviceOf(world, [recordingSink()], { mode: 'remote' })).toThrow(/the remote is the record/);
  });

  const contents = ({ log }: DispatchWorld) => log.rows.map(({ record }) => (record === '' ? '-' : 'x')).join('');
  const records = (...sinks: RecordingSink[]) => sinks.map((sink) => Object.assign(sink, { network: true }));

  it('remote lets go of what every sink has, and of nothing else', async () => {
    const world = new DispatchWorld();
    world.log.append(7);
    const one = recordingSink({
      name: 'one',
      answer: except(({ logIndex }) => (logIndex === 4 ? rejected : undefined)),
    });
    const two = recordingSink({ name: 'two', answer: except(({ logIndex }) => (logIndex === 2 ? down : undefined)) });
    const service = serviceOf(world, records(one, two), { mode: 'remote' }, { spool: world.log });
    service.start();
    await service.flushPending();
    expect(contents(world)).toBe('--xxxxx');
    two.answer = () => undefined;
    await service.flushPending('two');
    expect(contents(world)).toBe('----xxx'); // the dead letter is still needed
    one.answer = () => undefined;
    await service.redrive();
    await service.flushPending();
    expect(contents(world)).toBe('------x'); // the last one says how the log goes on
    expect(world.alarmKinds).not.toContain('store_failure');
    await service.stop();
  });

  it('remote waits for sinks that only get some events or need no network', async () => {
    const world = new DispatchWorld();
    world.log.append([{ action: 'a' }, { action: 'b' }, { action: 'a' }, { action: 'b' }]);
    const [record] = records(recordingSink({ name: 'record' }));
    const some = recordingSink({
      name: 'some',
      when: { action: ['b'] },
      answer: except(({ logIndex }) => (logIndex === 1 ? down : undefined)),
    });
    const service = serviceOf(world, [record, some], { mode: 'remote' }, { spool: world.log });
    await service.flushPending();
    expect(contents(world)).toBe('-xxx');
    some.answer = () => undefined;
    await service.flushPending();
    expect(contents(world)).toBe('---x');
    expect((await service.deliveryStatus(world.log.ids[0]))?.deliveries.map(({ status }) => status)).toEqual([
      'delivered',
      'skipped',
    ]);
    await service.stop();
  });

  it('remote lets go by itself, a moment after the receipts', async () => {
    const world = new DispatchWorld();
    const [record] = records(recordingSink());
    const service = serviceOf(world, [record], { mode: 'remote' }, { spool: world.log });
    service.start();
    world.log.append(3);
    service.notify();
    await service.whenIdle();
    expect(contents(world)).toBe('xxx');
    world.clock.advance(1000);
    await settled(() => contents(world) === '--x');
    world.log.append(2);
    service.notify();
    await service.stop(1000);
    expect(contents(world)).toBe('----x');
  });

  it('remote keeps sections that are sent nowhere', async () => {
    for (const sections of [[], [...SECTION_NAMES]]) {
      const world = new DispatchWorld();
      world.log.append(3);
      const [record] = records(recordingSink({ sections }));
      const service = serviceOf(world, [record], { mode: 'remote' }, { spool: world.log });
      await service.flushPending();
      expect(contents(world)).toBe('--x');
      expect(world.log.rows[0].sections === null).toBe(sections.length > 0);
      await service.stop();
    }
  });

  it('remote keeps what no remote was ever asked to take, and says so once', async () => {
    const world = new DispatchWorld();
    world.log.append(3);
    const [late] = records(recordingSink({ name: 'late', startAt: 'now' }));
    const service = serviceOf(world, [late], { mode: 'remote' }, { spool: world.log });
    await service.flushPending();
    world.log.append(2);
    await service.flushPending();
    await service.flushPending();
    expect(contents(world)).toBe('xxxxx');
    expect(world.alarms).toMatchObject([{ kind: 'spool_stuck', logIndex: 0, sink: 'late' }]);
    await service.stop();
  });

  it('a new sink begins where there is content, one that comes back is told what it missed', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    const [record, away] = records(
      recordingSink({ name: 'record' }),
      recordingSink({ name: 'away', answer: () => [down] }),
    );
    const first = serviceOf(world, [record, away], { mode: 'remote' }, { spool: world.log });
    await first.flushPending();
    await first.stop();
    const second = serviceOf(world, [record], { mode: 'remote' }, { spool: world.log });
    world.log.append(2);
    await second.flushPending();
    await second.stop();
    expect(contents(world)).toBe('---x');

    away.answer = () => undefined;
    const fresh = recordingSink({ name: 'fresh' });
    const third = serviceOf(world, [record, away, fresh], { mode: 'hybrid' }, { spool: world.log });
    await third.flushPending();
    await third.stop();
    expect([fresh, away].map(({ received }) => received.map(({ id }) => id))).toEqual([
      [world.log.ids[3]],
      [world.log.ids[3]],
    ]);
    expect(world.alarms.at(-1)).toMatchObject({ kind: 'content_discarded', sink: 'away', logIndex: 0 });
  });

  it('reports a spool that can not let go', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    const spool = { discardBelow: () => Promise.reject(new Error('locked')) };
    const service = serviceOf(world, [recordingSink({ network: true })], { mode: 'remote' }, { spool });
    await service.flushPending();
    expect(world.alarms).toMatchObject([{ kind: 'store_failure', message: expect.stringContaining('locked') }]);
    await service.stop();
  });
});

describe('deliveryStatus and deliveries', () => {
  it('tell what became of an event everywhere', async () => {
    const world = new DispatchWorld();
    world.log.append([{ action: 'a' }, { action: 'b' }, { action: 'a' }]);
    const good = recordingSink({ name: 'good', when: { action: ['a'] } });
    const bad = recordingSink({
      name: 'bad',
      answer: except(({ logIndex }) => (logIndex === 1 ? refused : undefined)),
    });
    const service = serviceOf(world, [good, bad]);
    await service.flushPending();
    const [first, second, third] = world.log.ids;
    const brief = async (id: string) =>
      (await service.deliveryStatus(id))?.deliveries.map(({ sink, status, held }) => [sink, status, held]);
    expect(await brief(first)).toEqual([
      ['good', 'delivered', false],
      ['bad', 'delivered', false],
    ]);
    expect(await brief(second)).toEqual([
      ['good', 'skipped', false],
      ['bad', 'pending', true],
    ]);
    expect(await brief(third)).toEqual([
      ['good', 'delivered', false],
      ['bad', 'pending', true],
    ]);
    expect(await service.deliveryStatus('unknown')).toBeNull();
    expect((await service.deliveryStatus(second))?.deliveries[1].receipt).toMatchObject({
      attempts: 1,
      lastError: 'HTTP 401',
    });

    const page = await service.deliveries({ limit: 2 });
    expect(page.deliveries.map(({ sink, logIndex }) => [sink, logIndex])).toEqual([
      ['bad', 0],
      ['good', 0],
    ]);
    const rest = await service.deliveries({ limit: 3, after: page.next! });
    expect(rest.deliveries.map(({ sink, logIndex }) => [sink, logIndex])).toEqual([
      ['bad', 1],
      ['good', 2],
    ]);
    expect(rest.next).toBeNull();
    expect((await service.deliveries({ status: 'pending' })).deliveries).toHaveLength(1);
    await service.stop();
  });

  it('measure how far a sink is behind', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink({ answer: () => [down], retry: { breakerThreshold: 2 } });
    const service = serviceOf(world, [sink]);
    expect(await service.status()).toMatchObject([{ state: 'new', lagEvents: 0, lagSeconds: 0, breaker: 'closed' }]);
    const occurredAt = new Date(world.clock.now() - 90_000);
    world.log.append([
      { action: 'a', occurredAt },
      { action: 'b', occurredAt },
    ]);
    await service.flushPending();
    await service.flushPending();
    expect(await service.status()).toMatchObject([
      {
        sink: 'remote',
        kind: 'function',
        state: 'retrying',
        breaker: 'open',
        serving: true,
        lagEvents: 2,
        lagSeconds: 90,
        pending: 1,
      },
    ]);
    sink.answer = () => undefined;
    await service.flushPending();
    expect(await service.status()).toMatchObject([
      { state: 'active', lagEvents: 0, lagSeconds: 0, pending: 0, counters: { delivered: 2, retries: 2, failed: 0 } },
    ]);
    expect((await service.status())[0].counters.bytes).toBeGreaterThan(500);
    await service.stop();
  });
});

describe('awaitRequired', () => {
  it('resolves with the receipt, and at once where the event is not meant for the sink', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink({ required: true, when: { action: ['a'] } });
    const service = serviceOf(world, [sink, recordingSink({ name: 'optional', answer: () => [refused] })]);
    service.start();
    await service.whenIdle();
    const [one, two] = world.log.append([{ action: 'a' }, { action: 'b' }]);
    await service.awaitRequired({ id: one.eventId, logIndex: one.logIndex }, 1000);
    expect(sink.received.map(({ id }) => id)).toEqual([one.eventId]);
    await service.awaitRequired({ id: two.eventId, logIndex: two.logIndex }, 1000);
    await service.stop();
  });

  it('fails as soon as it is clear that no receipt comes', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink({ required: true, answer: () => [rejected] });
    const service = serviceOf(world, [sink]);
    service.start();
    const wait = (): Promise<void> => {
      const [{ eventId, logIndex }] = world.log.append(1);
      return service.awaitRequired({ id: eventId, logIndex }, 1000);
    };
    await expect(wait()).rejects.toMatchObject({ reason: 'failed', message: expect.stringContaining('HTTP 422') });
    sink.answer = () => [refused];
    await expect(wait()).rejects.toThrow(RequiredDeliveryError);
    await expect(wait()).rejects.toMatchObject({ reason: 'held' });
    await service.stop();
  });

  it('waits no longer than it may', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink({ required: true, answer: () => [down] });
    const service = serviceOf(world, [sink]);
    service.start();
    const [{ eventId, logIndex }] = world.log.append(1);
    const late = expect(service.awaitRequired({ id: eventId, logIndex }, 5000)).rejects.toMatchObject({
      reason: 'timeout',
    });
    for (let i = 0; i < 60; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      world.clock.advance(100);
      await service.whenIdle();
    }
    await late;
    const ended = new AbortController();
    const stopped = expect(service.awaitRequired({ id: eventId, logIndex }, 5000, ended.signal)).rejects.toMatchObject({
      reason: 'stopped',
    });
    await new Promise((resolve) => setImmediate(resolve));
    ended.abort();
    await stopped;
    await service.stop();
  });
});

describe('testSink', () => {
  it('sends one event end to end, to that sink alone, whatever its route', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink({ when: { action: ['never'] } });
    const other = recordingSink({ name: 'other' });
    const service = serviceOf(world, [sink, other]);
    expect(await service.testSink('remote')).toMatchObject({
      sink: 'remote',
      status: 'delivered',
      receipt: { attempts: 1 },
    });
    await service.flushPending();
    expect([sink.received.length, other.received.length]).toEqual([1, 0]);
    sink.answer = () => [refused];
    expect(await service.testSink('remote')).toMatchObject({
      status: 'pending',
      held: true,
      receipt: { lastError: 'HTTP 401' },
    });
    await expect(service.testSink('unknown')).rejects.toThrow(UnknownSinkError);
    await service.stop();
  });
});

describe('events$ and anchors', () => {
  it('are there', async () => {
    const world = new DispatchWorld();
    const keeper = { ...recordingSink({ name: 'keeper' }), anchor: async () => ({ location: 'x', duplicate: false }) };
    const service = serviceOf(world, [keeper, recordingSink()]);
    expect(service.anchors.map(({ name }) => name)).toEqual(['sink keeper']);
    const [anchor] = service.anchors;
    await anchor.put(3, 'origin\n3\nroot\n\n— sig\n');
    expect([await anchor.sizes(), await anchor.read(3)]).toEqual([[], null]);
    const seen: number[] = [];
    service.events$.subscribe(({ logIndex }) => seen.push(logIndex));
    await service.whenIdle();
    world.log.append(2);
    service.notify();
    await service.whenIdle();
    expect(seen).toEqual([0, 1]);
    await service.stop();
  });
});
