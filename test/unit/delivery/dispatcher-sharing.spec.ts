import { DispatchWorld } from '../../support/delivery/dispatch-harness.js';
import { recordingSink } from '../../support/delivery/recording-sink.js';
import { TestLeases } from '../../support/delivery/test-leases.js';

describe('several processes and one sink', () => {
  it('send each event once while nobody crashes', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink();
    const instances = Array.from({ length: 4 }, () => world.dispatcher([{ ...sink, deliver: sink.deliver }]));
    for (const instance of instances) instance.start();
    for (let round = 0; round < 50; round++) {
      world.log.append(1 + (round % 7));
      instances[round % 4].notify();
      world.clock.advance(333);
      await Promise.all(instances.map((instance) => instance.whenIdle()));
      if (round === 25) await instances[0].stop(1000);
    }
    world.clock.advance(20_000);
    await Promise.all(instances.map((instance) => instance.whenIdle()));
    expect(sink.received.map(({ id }) => id)).toEqual(world.log.ids);
    await Promise.all(instances.map((instance) => instance.stop(0)));
    expect(await world.leases.list('')).toEqual([]);
  });

  it('take over after a crash, when the lease has run out', async () => {
    const world = new DispatchWorld();
    const crashed = recordingSink();
    world.log.append(2);
    const one = world.dispatcher([crashed]);
    one.start();
    await one.whenIdle();
    const keptByTheDead = [...world.leases.leases.values()];
    await one.stop(0);
    for (const lease of keptByTheDead) world.leases.leases.set(lease.name, lease); // as if it had never said goodbye
    world.log.append(2);
    const heir = recordingSink();
    const two = world.dispatcher([heir]);
    two.start();
    await two.whenIdle();
    expect(heir.calls).toHaveLength(0);
    await world.pass(two, 21_000, 1000);
    expect(heir.calls.map(({ indexes }) => indexes)).toEqual([[2, 3]]);
    await two.stop(0);
  });

  it('do no harm when two serve it at once', async () => {
    const world = new DispatchWorld();
    world.log.append(500);
    const sink = recordingSink({ maxBatch: 7, answer: () => new Promise((resolve) => setImmediate(resolve)) });
    const twins = [0, 1].map(() =>
      world.dispatcher([{ ...sink, deliver: sink.deliver }], { leases: new TestLeases(world.clock) }),
    );
    for (const twin of twins) twin.start();
    await Promise.all(twins.map((twin) => twin.whenIdle()));
    const lines = new Map<string, Set<string>>();
    for (const { id, line } of sink.received) lines.set(id, (lines.get(id) ?? new Set()).add(line));
    expect([...lines.keys()].sort()).toEqual([...world.log.ids].sort());
    expect([...lines.values()].every((bytes) => bytes.size === 1)).toBe(true);
    expect(await world.store.readCursor('remote')).toMatchObject({ nextIndex: 500 });
    expect(await world.store.countReceipts('remote', 0, 500)).toEqual({ delivered: 500, pending: 0, failed: 0 });
    await Promise.all(twins.map((twin) => twin.stop(0)));
  });

  it('let a flush reach the process that serves the sink', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    let isDown = true;
    const serving = recordingSink({ answer: () => (isDown ? [{ status: 'transient', error: 'down' }] : undefined) });
    const server = world.dispatcher([
      { ...serving, retry: { baseMs: 3_600_000, maxMs: 3_600_000 }, deliver: serving.deliver },
    ]);
    server.start();
    await server.whenIdle();
    isDown = false;
    await world.pass(server, 5000);
    expect(serving.received).toHaveLength(0); // it waits an hour
    const other = recordingSink();
    const cli = world.dispatcher([other]);
    let isDone = false;
    const flushed = cli
      .sink('remote')
      .flush(1, 30_000)
      .then(() => (isDone = true));
    for (let i = 0; i < 100 && !isDone; i++) {
      await new Promise((resolve) => setImmediate(resolve));
      await world.pass(server, 100, 100);
    }
    await flushed;
    expect(serving.received).toHaveLength(1);
    expect(other.calls).toHaveLength(0);
    await Promise.all([server.stop(0), cli.stop(0)]);
  });

  it('ask for the lease rarely while somebody else has it', async () => {
    const world = new DispatchWorld();
    const [server, idle] = [world.dispatcher([recordingSink()]), world.dispatcher([recordingSink()])];
    server.start();
    await server.whenIdle();
    idle.start();
    await idle.whenIdle();
    const before = world.leases.questions;
    await world.pass(idle, 60_000, 500);
    // A renewal and a question every five seconds.
    expect(world.leases.questions - before).toBeLessThanOrEqual(26);
    expect(idle.sink('remote').isServing).toBe(false);
    await Promise.all([server.stop(0), idle.stop(0)]);
  });
});

describe('shutdown', () => {
  it('delivers what there is within the time it has, and leaves the rest pending', async () => {
    const world = new DispatchWorld();
    world.log.append(10);
    const sink = recordingSink({ maxBatch: 2 });
    const dispatcher = world.dispatcher([sink]);
    await dispatcher.stop(1000);
    expect(sink.received).toHaveLength(10);
    dispatcher.notify();
    world.log.append(1);
    await dispatcher.whenIdle();
    expect(sink.received).toHaveLength(10);
    expect(await world.leases.list('')).toEqual([]);
  });

  it('does not wait for a sink that waits out a failure', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    const sink = recordingSink({ answer: () => [{ status: 'transient', error: 'down' }] });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await dispatcher.stop(60_000);
    expect(sink.calls).toHaveLength(1);
    expect(await world.store.readCursor('remote')).toMatchObject({ nextIndex: 0, state: 'retrying' });
  });

  it('closes sinks, and an error of that is no more than an alarm', async () => {
    const world = new DispatchWorld();
    let closed = 0;
    const fine = { ...recordingSink({ name: 'fine' }), close: () => void closed++ };
    const odd = { ...recordingSink({ name: 'odd' }), close: () => Promise.reject(new Error('no')) };
    const dispatcher = world.dispatcher([fine, odd]);
    dispatcher.start();
    await Promise.all([dispatcher.stop(10), dispatcher.stop(10)]);
    expect(closed).toBe(1);
    expect(world.alarms).toMatchObject([{ sink: 'odd', message: expect.stringContaining('Closing it failed: no') }]);
  });

  it('is not disturbed by callbacks that throw', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    const sink = recordingSink({ answer: () => [{ status: 'sink_failure', error: 'HTTP 401' }] });
    const dispatcher = world.dispatcher([sink], {
      onAlarm: () => {
        throw new Error('pager is off');
      },
      record: () => Promise.reject(new Error('ledger is closed')),
    });
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(dispatcher.sink('remote').reporter.failures).toBe(2);
    expect(await world.store.readCursor('remote')).toMatchObject({ state: 'held' });
    await dispatcher.stop(0);
  });
});
