import { DispatchWorld } from '../../support/delivery/dispatch-harness.js';
import { except, recordingSink } from '../../support/delivery/recording-sink.js';
import type { AuditRecord } from '../../../lib/event/audit-record.interface.js';
import type { DeliveryResult } from '../../../lib/delivery/delivery-result.js';
import { CompactRange } from '../../../lib/ledger/merkle/index.js';

const down: DeliveryResult = { status: 'transient', error: 'HTTP 503' };

describe('batches', () => {
  it('are bounded by bytes, and one large event still goes', async () => {
    const world = new DispatchWorld();
    world.log.append(10);
    const size = Buffer.byteLength(world.log.rows[0].record) + 100;
    const sink = recordingSink({ maxBatchBytes: size * 3 });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    for (const { lines } of sink.calls) expect(Buffer.byteLength(lines.join(''))).toBeLessThanOrEqual(size * 3);
    expect(sink.received.map(({ id }) => id)).toEqual(world.log.ids);
    await dispatcher.stop(0);

    const tiny = recordingSink({ name: 'tiny', maxBatchBytes: 1 });
    const other = world.dispatcher([tiny]);
    other.start();
    await other.whenIdle();
    expect(tiny.calls.map(({ ids }) => ids.length)).toEqual(Array(10).fill(1));
    await other.stop(0);
  });

  it('wait to fill for so long, and no longer than that, nor at a flush or at shutdown', async () => {
    const world = new DispatchWorld();
    const sink = recordingSink({ lingerMs: 60_000, maxBatch: 10 });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    world.log.append(3);
    dispatcher.notify();
    await dispatcher.whenIdle();
    await world.pass(dispatcher, 59_000, 1000);
    expect(sink.calls).toHaveLength(0);
    await world.pass(dispatcher, 2000, 1000);
    expect(sink.calls.map(({ ids }) => ids.length)).toEqual([3]);

    world.log.append(10); // full: no reason to wait
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(sink.calls.map(({ ids }) => ids.length)).toEqual([3, 10]);

    world.log.append(2);
    await dispatcher.sink('remote').flush(15, 1000);
    expect(sink.received).toHaveLength(15);
    world.log.append(2);
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(sink.received).toHaveLength(15);
    await dispatcher.stop(1000);
    expect(sink.received).toHaveLength(17);
  });

  it('keep their bounds on each try where a batch is one thing, restarts and news included', async () => {
    const world = new DispatchWorld();
    world.log.append(5);
    const sink = recordingSink({ identity: 'batch', maxBatch: 10, answer: except(() => down) });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(await world.store.readCursor('remote')).toMatchObject({ nextIndex: 0, batchEnd: 5 });
    world.log.append(3);
    await world.pass(dispatcher, 10_000, 1000);
    await dispatcher.stop(0);
    sink.answer = () => undefined;
    const restarted = world.dispatcher([{ ...sink, maxBatch: 2, deliver: sink.deliver }]);
    restarted.start();
    await world.pass(restarted, 20_000, 1000);
    const sizes = sink.calls.map(({ indexes }) => indexes.join());
    expect(new Set(sizes.slice(0, -2))).toEqual(new Set(['0,1,2,3,4']));
    expect(sizes.slice(-3)).toEqual(['0,1,2,3,4', '5,6', '7']);
    expect(await world.store.readCursor('remote')).toMatchObject({ nextIndex: 8, batchEnd: null });
    await restarted.stop(0);
  });

  it('commit what a sink saved together with their receipts, or not at all', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    const sink = recordingSink({
      maxBatch: 1,
      answer: (items, _, context) => {
        context.saveState({ last: items[0].logIndex });
        return items[0].logIndex === 1 ? [down] : undefined;
      },
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect((await world.store.readCursor('remote'))?.details).toEqual({ memory: { last: 0 } });
    expect(sink.calls.map(({ context }) => context.state)).toEqual([null, { last: 0 }]);
    await dispatcher.stop(0);
  });

  it('know the root of the log that they end, filtered events included, and after a restart', async () => {
    const world = new DispatchWorld();
    world.log.append(7);
    const roots = world.log.rows.reduce<{ range: CompactRange; roots: string[] }>(
      (all, row) => {
        all.range.append(Buffer.from(row.leafHash, 'hex'));
        all.roots.push(all.range.root().toString('hex'));
        return all;
      },
      { range: new CompactRange(), roots: [] },
    ).roots;
    const options = {
      wantsLogRoot: true,
      maxBatch: 2,
      when: ({ sequence }: AuditRecord) => sequence % 2 === 0,
    };
    const sink = recordingSink({ ...options, answer: except(({ logIndex }) => (logIndex === 4 ? down : undefined)) });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await dispatcher.stop(0);
    world.clock.advance(1000);
    const again = recordingSink(options);
    const restarted = world.dispatcher([again]);
    restarted.start();
    await restarted.whenIdle();
    for (const { indexes, context } of [sink.calls[0], ...again.calls]) {
      expect(context.logRoot?.root).toBe(roots[(context.logRoot?.size ?? 0) - 1]);
      expect(context.logRoot?.size).toBeGreaterThan(indexes.at(-1)!);
    }
    expect(again.received.map(({ id }) => world.log.ids.indexOf(id))).toEqual([4, 6]);
    await restarted.stop(0);

    // Without the saved range the leaf hashes themselves are read again.
    world.log.append(1);
    const cursor = (await world.store.readCursor('remote'))!;
    await world.store.commit({ ...cursor, details: null }, []);
    const third = recordingSink({ wantsLogRoot: true });
    const rebuilt = world.dispatcher([third]);
    rebuilt.start();
    await rebuilt.whenIdle();
    expect(third.calls[0].context.logRoot).toMatchObject({ root: (await world.log.readHead()).root });
    await rebuilt.stop(0);
  });
});

describe('routing', () => {
  it('keeps events back whose route fails: not sent, not forgotten, alarmed, the others go on', async () => {
    const world = new DispatchWorld();
    world.log.append(4);
    let isBroken = true;
    const sink = recordingSink({
      when: ({ sequence }) => {
        if (isBroken && sequence === 1) throw new Error('no such tenant');
        if (isBroken && sequence === 2) return 'yes' as never;
        return sequence !== 2;
      },
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(sink.calls.map(({ indexes }) => indexes)).toEqual([[0, 3]]);
    expect(world.alarms).toMatchObject([{ kind: 'route_failed', eventId: world.log.ids[1] }]);
    const parked = await world.store.findReceipts({ status: 'pending', limit: 10 });
    expect(parked.map(({ lastError }) => lastError)).toEqual([
      expect.stringContaining('no such tenant'),
      expect.stringContaining('a value of type string instead of true or false'),
    ]);
    await world.pass(dispatcher, 60_000, 5000);
    expect(sink.calls).toHaveLength(1);
    isBroken = false;
    await world.pass(dispatcher, 60_000, 5000);
    expect(sink.calls.slice(1).map(({ indexes }) => indexes)).toEqual([[1]]);
    expect(await world.store.countReceipts('remote', 0, 9)).toEqual({ delivered: 3, pending: 0, failed: 0 });
    expect(await world.store.readReceipts('remote', [world.log.ids[2]])).toEqual([]); // it was never meant for the sink
    await dispatcher.stop(0);
  });

  it('asks the record, not the columns beside it', async () => {
    const world = new DispatchWorld();
    world.log.append([
      { action: 'a.read', severity: 'info' },
      { action: 'a.delete', severity: 'error' },
    ]);
    Object.assign(world.log.rows[1], { severity: 'info', action: 'a.read' });
    const sink = recordingSink({ when: { severity: ['error'] } });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(sink.calls.map(({ indexes }) => indexes)).toEqual([[1]]);
    await dispatcher.stop(0);
  });

  it('sends only the sections that a sink may see', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    const bare = recordingSink({ name: 'bare' });
    const some = recordingSink({ name: 'some', sections: ['metadata'] });
    const dispatcher = world.dispatcher([bare, some]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(JSON.parse(bare.received[0].line)).not.toHaveProperty('sections');
    expect(bare.received[0].line).not.toMatch(/example\.org|192\.0\.2\.1|salt/);
    expect(Object.keys(JSON.parse(some.received[0].line).sections)).toEqual(['metadata']);
    expect(some.received[0].line).toContain(`{"record":${world.log.rows[0].record},"hash":"${world.log.rows[0].hash}"`);
    await dispatcher.stop(0);
  });

  it('keeps back a record that can not be read', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    Object.assign(world.log.rows[0], { record: '{"action":' });
    const sink = recordingSink();
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(sink.calls.map(({ indexes }) => indexes)).toEqual([[1]]);
    expect(world.alarmKinds).toEqual(['route_failed']);
    await dispatcher.stop(0);
  });

  it('finds out a record that only looks whole when a sink stumbles over it', async () => {
    const world = new DispatchWorld();
    world.log.append(3);
    Object.assign(world.log.rows[1], { record: '{"action":"a" "b"}' });
    const sink = recordingSink({
      answer: (items) => items.map(({ record }) => ({ status: record ? 'delivered' : 'rejected', error: '' })),
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await world.pass(dispatcher, 1000);
    expect(sink.calls.map(({ indexes }) => indexes)).toEqual([
      [0, 1, 2],
      [0, 2],
    ]);
    expect(await world.store.findReceipts({ status: 'pending', limit: 9 })).toMatchObject([
      { logIndex: 1, remoteStatus: 'unrouted' },
    ]);
    await dispatcher.stop(0);
  });
});

describe('a batch that goes well', () => {
  it('is written while the next one is on its way, and everything at the end', async () => {
    const world = new DispatchWorld();
    world.log.append(50);
    const commit = world.store.commit.bind(world.store);
    let underWay = 0;
    const written: [number, number][] = [];
    world.store.commit = async (cursor, receipts) => {
      written.push([cursor.nextIndex, underWay]);
      return commit(cursor, receipts);
    };
    const sink = recordingSink({
      maxBatch: 20,
      answer: async () => {
        underWay++;
        await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
        underWay--;
      },
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(written).toEqual([
      [20, 1],
      [40, 1],
      [50, 0],
    ]);
    expect(sink.received.map(({ id }) => id)).toEqual(world.log.ids);
    await dispatcher.stop(0);
  });

  it('is sent again when its outcome can not be written, and so is the one behind it', async () => {
    const world = new DispatchWorld();
    world.log.append(40);
    const sink = recordingSink({ maxBatch: 20 });
    const commit = world.store.commit.bind(world.store);
    world.store.commit = async () => {
      world.store.commit = commit;
      throw new Error('away');
    };
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await world.pass(dispatcher, 1000);
    expect(sink.calls.map(({ indexes: [first] }) => first)).toEqual([0, 20, 0, 20]);
    expect(world.alarmKinds).toEqual(['store_failure']);
    expect(await world.store.readCursor('remote')).toMatchObject({ nextIndex: 40 });
    expect(await world.store.countReceipts('remote', 0, 40)).toEqual({ delivered: 40, pending: 0, failed: 0 });
    await dispatcher.stop(0);
  });
});

describe('late events', () => {
  it('fail alone: the cursor goes on, each has its own wait', async () => {
    const world = new DispatchWorld();
    world.log.append(3);
    const rejected: DeliveryResult = { status: 'rejected', error: 'HTTP 400' };
    const sink = recordingSink({ answer: except(({ logIndex }) => (logIndex < 2 ? rejected : undefined)) });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    sink.answer = except(({ logIndex }) => (logIndex === 0 ? down : undefined));
    expect(await world.store.redrive({ sink: 'remote' }, world.clock.now())).toBe(2);
    world.log.append(1);
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(await world.store.readCursor('remote')).toMatchObject({ state: 'active', nextIndex: 4 });
    await world.pass(dispatcher, 5000);
    expect(await world.store.countReceipts('remote', 0, 9)).toEqual({ delivered: 3, pending: 1, failed: 0 });
    sink.answer = () => undefined;
    await world.pass(dispatcher, 300_000, 10_000);
    expect(await world.store.countReceipts('remote', 0, 9)).toEqual({ delivered: 4, pending: 0, failed: 0 });
    await dispatcher.stop(0);
  });

  it('hold the sink if it refuses us, and count as failed again when they are refused again', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    const sink = recordingSink({
      answer: () => [
        { status: 'rejected', error: 'a' },
        { status: 'rejected', error: 'b' },
      ],
    });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await world.store.redrive({ failedFrom: 0, failedUntil: world.clock.now() + 1 }, world.clock.now());
    sink.answer = except(() => ({ status: 'sink_failure', error: 'HTTP 403' }));
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(await world.store.readCursor('remote')).toMatchObject({ state: 'held', nextIndex: 2 });
    sink.answer = (items) => items.map(() => ({ status: 'rejected', error: 'again' }));
    await world.pass(dispatcher, 31_000, 1000);
    await world.pass(dispatcher, 31_000, 1000);
    expect(await world.store.readCursor('remote')).toMatchObject({ state: 'active' });
    expect((await world.store.findReceipts({ status: 'failed', limit: 9 })).map(({ lastError }) => lastError)).toEqual([
      'again',
      'again',
    ]);
    await dispatcher.stop(0);
  });

  it('that are gone from the log are failed, not tried for ever', async () => {
    const world = new DispatchWorld();
    world.log.append(2);
    const sink = recordingSink({ answer: () => [{ status: 'rejected', error: 'a' }, { status: 'delivered' }] });
    const dispatcher = world.dispatcher([sink]);
    dispatcher.start();
    await dispatcher.whenIdle();
    world.log.rows.shift();
    await world.store.redrive({}, world.clock.now());
    dispatcher.notify();
    await dispatcher.whenIdle();
    expect(await world.store.findReceipts({ status: 'failed', limit: 9 })).toMatchObject([
      { lastError: 'The event is no longer in the log.' },
    ]);
    await dispatcher.stop(0);
  });
});
