import { DispatchWorld } from '../../support/delivery/dispatch-harness.js';
import { except, recordingSink } from '../../support/delivery/recording-sink.js';
import type { DeliveryResult } from '../../../lib/delivery/delivery-result.js';
import { DeliveryConfigurationError, UnknownSinkError } from '../../../lib/delivery/delivery.errors.js';

const down: DeliveryResult = { status: 'transient', error: 'connect ECONNREFUSED' };
const refused: DeliveryResult = { status: 'sink_failure', error: 'HTTP 401', remoteStatus: '401' };

describe('the dispatcher', () => {
  it('delivers what is in the log, in order, in batches, and remembers it', async () => {
    const world = new DispatchWorld();
    world.log.append(450);
    const sink = recordingSink();
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(sink.calls.map(({ ids }) => ids.length)).toEqual([200, 200, 50]);
    expect(sink.received.map(({ id }) => id)).toEqual(world.log.ids);
    const cursor = await world.store.readCursor('remote');
    expect(cursor).toMatchObject({ nextIndex: 450, state: 'active', attempts: 0, lastError: null });
    expect(await world.store.countReceipts('remote', 0, 450)).toEqual({ delivered: 450, pending: 0, failed: 0 });
    await dispatcher.stop(0);
  });

  it('wakes at once on news and by time without news', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink();
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    world.log.append(1);
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(sink.received).toHaveLength(1);
    world.log.append(1); // sealed by another process: nobody tells
    await world.pass(dispatcher, 1000);
    expect(sink.received).toHaveLength(2);
    await dispatcher.stop(0);
  });

  it('goes on where an earlier process stopped, even under another holder', async () => {
    const world = new DispatchWorld();
    world.log.append(5);
    const first = recordingSink();
    const one = world.dispatcher([first]);
    one.start();
    await one.whenIdle();
    await one.stop(0);
    world.log.append(3);
    const second = recordingSink();
    const other = world.dispatcher([second]);
    other.start();
    await other.whenIdle();
    expect(second.calls.map(({ indexes }) => indexes)).toEqual([[5, 6, 7]]);
    await other.stop(0);
  });

  it('keeps order through a passing failure and sends the same bytes again', async () => {
    const world = new DispatchWorld();
    world.log.append(5);
    const sink = recordingSink({ answer: except(({ logIndex }) => (logIndex === 2 ? down : undefined)) });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(await world.store.readCursor('remote')).toMatchObject({ nextIndex: 2, state: 'retrying', attempts: 1 });
    expect(await world.store.readReceipts('remote', [world.log.ids[2]])).toMatchObject([
      { status: 'pending', attempts: 1, lastError: 'connect ECONNREFUSED', logIndex: 2 },
    ]);
    sink.answer = () => undefined;
    await world.pass(dispatcher, 1000);
    expect(sink.received.map(({ id }) => id)).toEqual(world.log.ids);
    expect(sink.calls[1].lines[0]).toBe(sink.calls[0].lines[2]);
    expect(await world.store.readReceipts('remote', [world.log.ids[2]])).toMatchObject([
      { status: 'delivered', attempts: 2, lastError: null },
    ]);
    await dispatcher.stop(0);
  });

  it('backs off exponentially with full jitter, capped and persisted, and never undercuts Retry-After', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    const sink = recordingSink({ answer: () => [down], retry: { baseMs: 1000, maxMs: 8000 } });
    const dispatcher = world.dispatcher([sink], { flushEveryMs: 0, leaseTtlMs: 600_000 });
    dispatcher.start();
    const waits: number[] = [];
    for (let i = 0; i < 6; i++) {
      await dispatcher.whenIdle();
      const { nextAttemptAt } = (await world.store.readCursor('remote'))!;
      waits.push(nextAttemptAt! - world.clock.now());
      world.clock.advance(nextAttemptAt! - world.clock.now());
    }
    expect(waits).toEqual([999, 1998, 3996, 7992, 7992, 7992]);
    sink.answer = () => [{ ...down, retryAfterMs: 60_000 } as DeliveryResult];
    await dispatcher.whenIdle();
    world.clock.advance(7992);
    await dispatcher.whenIdle();
    expect((await world.store.readCursor('remote'))!.nextAttemptAt! - world.clock.now()).toBeGreaterThanOrEqual(60_000);

    const calls = sink.calls.length;
    await dispatcher.stop(0);
    const restarted = world.dispatcher([sink]);
    restarted.start();
    await restarted.whenIdle();
    expect(sink.calls).toHaveLength(calls); // the wait outlives the process
    await restarted.stop(0);
  });

  it('opens the breaker after failures in a row: one event at a time, one alarm, closed by a success', async () => {
    const world = new DispatchWorld();
    world.log.append(10);
    const sink = recordingSink({ answer: except(() => down), retry: { baseMs: 10, maxMs: 10, breakerThreshold: 3 } });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await world.pass(dispatcher, 2000);
    expect(sink.calls.slice(0, 3).map(({ ids }) => ids.length)).toEqual([10, 10, 10]);
    expect(new Set(sink.calls.slice(3).map(({ ids }) => ids.length))).toEqual(new Set([1]));
    expect(world.alarmKinds).toEqual(['sink_failing']);
    sink.answer = () => undefined;
    await world.pass(dispatcher, 1000);
    expect(world.alarmKinds).toEqual(['sink_failing', 'sink_recovered']);
    expect(sink.received.map(({ id }) => id)).toEqual(world.log.ids);
    expect(world.recorded).toEqual([]);
    await dispatcher.stop(0);
  });

  it('turns a refused event into a dead letter and goes on', async () => {
    const world = new DispatchWorld();
    world.log.append(4);
    const rejected: DeliveryResult = { status: 'rejected', error: 'HTTP 422: no such field', remoteStatus: '422' };
    const sink = recordingSink({ answer: except(({ logIndex }) => (logIndex === 1 ? rejected : undefined)) });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(await world.store.readCursor('remote')).toMatchObject({ nextIndex: 4, state: 'active' });
    expect(await world.store.findReceipts({ status: 'failed', limit: 10 })).toMatchObject([
      { eventId: world.log.ids[1], remoteStatus: '422', lastError: 'HTTP 422: no such field' },
    ]);
    expect(world.alarms).toMatchObject([{ kind: 'event_failed', eventId: world.log.ids[1], sink: 'remote' }]);
    expect(world.recorded).toEqual([]); // an audit event about it could be refused as well, for ever

    sink.answer = () => undefined;
    expect(await world.store.redrive({ eventIds: [world.log.ids[1]] }, world.clock.now())).toBe(1);
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(sink.calls.at(-1)?.ids).toEqual([world.log.ids[1]]);
    expect(await world.store.countReceipts('remote', 0, 4)).toEqual({ delivered: 4, pending: 0, failed: 0 });
    await dispatcher.stop(0);
  });

  it('holds a sink that refuses us: nothing fails, nothing is skipped, it goes on by itself', async () => {
    const world = new DispatchWorld();
    world.log.append(6);
    const sink = recordingSink({
      required: true,
      answer: except(({ logIndex }) => (logIndex >= 2 ? refused : undefined)),
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(await world.store.readCursor('remote')).toMatchObject({
      nextIndex: 2,
      state: 'held',
      lastError: 'HTTP 401',
    });
    expect(world.alarmKinds).toEqual(['sink_held', 'required_sink_unavailable']);
    expect(world.recorded).toMatchObject([
      { action: 'audit.delivery_held', outcome: 'failure', resource: { type: 'audit_sink', id: 'remote' } },
    ]);
    await world.pass(dispatcher, 120_000, 1000);
    const probes = sink.calls.slice(1);
    expect(probes.length).toBeGreaterThanOrEqual(3);
    expect(new Set(probes.map(({ ids }) => ids.length))).toEqual(new Set([1]));
    expect(world.recorded).toHaveLength(1);
    expect(world.alarmKinds.filter((kind) => kind === 'required_sink_unavailable').length).toBeGreaterThan(1);

    sink.answer = () => undefined;
    await world.pass(dispatcher, 31_000, 1000);
    expect(sink.received.map(({ id }) => id)).toEqual(world.log.ids);
    expect(world.recorded.map(({ action }) => action)).toEqual(['audit.delivery_held', 'audit.delivery_resumed']);
    expect(world.alarmKinds.at(-1)).toBe('sink_recovered');
    expect(await world.store.countUndelivered('remote')).toEqual({ pending: 0, failed: 0 });
    await dispatcher.stop(0);
  });

  it('stays held through other failures until something gets through', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    const sink = recordingSink({ answer: () => [refused] });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    sink.answer = () => [down];
    await world.pass(dispatcher, 60_000, 1000);
    expect(await world.store.readCursor('remote')).toMatchObject({ state: 'held' });
    expect(world.alarmKinds).toEqual(['sink_held']);
    await dispatcher.stop(0);
  });

  it('does not send again what overtook a failed event', async () => {
    const world = new DispatchWorld();
    world.log.append(4);
    const isDown = new Set([1]);
    const sink = recordingSink({
      answer: (items) => items.map(({ logIndex }) => (isDown.has(logIndex) ? down : { status: 'delivered' })),
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    isDown.clear();
    await world.pass(dispatcher, 1000);
    expect(sink.calls.map(({ indexes }) => indexes)).toEqual([[0, 1, 2, 3], [1]]);
    await dispatcher.stop(0);

    isDown.add(4);
    world.log.append(3);
    const sequel = world.dispatcher([sink]);
    sequel.start();
    await sequel.whenIdle();
    await sequel.stop(0);
    isDown.clear();
    world.clock.advance(1000);
    const restarted = world.dispatcher([sink]); // knows it from the receipts alone
    restarted.start();
    await restarted.whenIdle();
    expect(sink.calls.slice(2).map(({ indexes }) => indexes)).toEqual([[4, 5, 6], [4]]);
    await restarted.stop(0);
  });

  it('treats whatever a sink throws, hangs or mumbles as a passing failure', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    const sink = recordingSink({ timeoutMs: 5000, retry: { baseMs: 1, maxMs: 1 } });
    const dispatcher = world.dispatcher([sink], { flushEveryMs: 0, leaseTtlMs: 1_000_000 });
    const odd: [unknown, RegExp][] = [
      [() => Promise.reject(new Error('boom')), /^boom$/],
      [() => [{ status: 'delivered' }], /1 results for 2 events/],
      [() => 'yes', /type string for 2/],
      [() => [{ status: 'sure' }, { status: 'delivered' }], /status is none of/],
      [() => [undefined, { status: 'delivered' }], /status is none of/],
      [() => [{ status: 'deferred' }, { status: 'deferred' }], /none of the events/],
    ];
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(sink.received).toHaveLength(2);
    for (const [answer, error] of odd) {
      world.log.append(2);
      sink.answer = answer as never;
      dispatcher.notify();
      await dispatcher.whenIdle();
      const cursor = (await world.store.readCursor('remote'))!;
      expect(cursor.lastError).toMatch(error);
      expect(cursor.state).toBe('retrying');
      sink.answer = () => undefined;
      world.clock.advance(100);
      await dispatcher.whenIdle();
      expect((await world.store.readCursor('remote'))!.nextIndex).toBe(world.log.rows.length);
    }
    world.log.append(1);
    let aborted: unknown;
    sink.answer = (_, signal) => {
      signal.addEventListener('abort', () => (aborted = signal.reason));
      return new Promise<never>(() => undefined);
    };
    dispatcher.notify();
    await until(() => sink.calls.at(-1)?.indexes[0] === world.log.rows.length - 1);
    world.clock.advance(5000);
    world.clock.advance(1000);
    await dispatcher.whenIdle();
    expect(String(aborted)).toMatch(/longer than 5000 ms/);
    expect((await world.store.readCursor('remote'))!.lastError).toMatch(/longer than 5000 ms/);
    await dispatcher.stop(0);
  });

  it('lets a dead sink hold back nothing else', async () => {
    const world = new DispatchWorld();
    world.log.append(300);
    const hanging = recordingSink({ name: 'hanging', answer: () => new Promise<never>(() => undefined) });
    const failing = recordingSink({ name: 'failing', answer: except(() => down) });
    const good = recordingSink({ name: 'good' });
    const dispatcher = world.dispatcher([hanging, failing, good]);
    dispatcher.start();
    await dispatcher.sink('good').whenIdle();
    expect(good.received).toHaveLength(300);
    expect(hanging.calls).toHaveLength(1);
    const stopped = dispatcher.stop(100);
    await until(() => world.clock.pending.includes(100));
    world.clock.advance(100);
    await until(() => world.clock.pending.includes(1000));
    world.clock.advance(1000);
    await stopped;
    expect((await world.store.readCursor('hanging'))!.nextIndex).toBe(0);
  });

  it('survives a store that fails: nothing is lost, one alarm, on it goes', async () => {
    const world = new DispatchWorld();
    world.log.append(3);
    const sink = recordingSink();
    const dispatcher = world.dispatcher([sink]);
    const commit = world.store.commit.bind(world.store);
    world.store.commit = async () => Promise.reject(new Error('database is away'));
    dispatcher.start();
    await dispatcher.whenIdle();
    await world.pass(dispatcher, 3000);
    expect(world.alarmKinds).toEqual(['store_failure']);
    world.store.commit = commit;
    await world.pass(dispatcher, 300_000, 5000);
    expect((await world.store.readCursor('remote'))!.nextIndex).toBe(3);
    expect(new Set(sink.received.map(({ line }) => line)).size).toBe(3);
    await dispatcher.stop(0);
  });

  it('names rows that are missing from the log and goes on behind them', async () => {
    const world = new DispatchWorld();
    world.log.append(6);
    world.log.rows.splice(2, 2);
    const sink = recordingSink();
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(sink.calls.map(({ indexes }) => indexes)).toEqual([[0, 1, 4, 5]]);
    expect(world.alarms).toMatchObject([{ kind: 'log_gap', logIndex: 2 }]);
    await dispatcher.stop(0);
  });

  it('does not begin at the start of the log if told to begin now', async () => {
    const world = new DispatchWorld();
    world.log.append(7);
    const sink = recordingSink({ startAt: 'now', wantsLogRoot: true });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    world.log.append(1);
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(sink.calls.map(({ indexes }) => indexes)).toEqual([[7]]);
    const { size, root } = await world.log.readHead();
    expect(sink.calls[0].context.logRoot).toEqual({ size, root });
    await dispatcher.stop(0);
  });

  it('refuses two sinks of one name, odd names, odd options, unknown sinks', () => {
    const world = new DispatchWorld();
    expect(() => world.dispatcher([recordingSink(), recordingSink()])).toThrow(/Two sinks are named "remote"/);
    expect(() => world.dispatcher([recordingSink({ name: 'a/b' })])).toThrow(DeliveryConfigurationError);
    expect(() => world.dispatcher([recordingSink({ maxBatch: 0 })])).toThrow(/"maxBatch" of sink "remote"/);
    expect(() => world.dispatcher([recordingSink({ sections: ['clients'] as never })])).toThrow(/clients/);
    expect(() => world.dispatcher([recordingSink({ startAt: 'end' as never })])).toThrow(/start, now/);
    expect(() => world.dispatcher([{ name: 'x' } as never])).toThrow(/no method deliver/);
    expect(() => world.dispatcher([recordingSink()]).sink('other')).toThrow(UnknownSinkError);
  });
});

/** Lets the event loop turn until the condition holds. */
async function until(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 10_000 && !condition(); turn++) await new Promise((resolve) => setImmediate(resolve));
  expect(condition()).toBe(true);
}
