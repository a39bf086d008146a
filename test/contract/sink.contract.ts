import type { ConfiguredSink } from '../../lib/delivery/audit-sink.interface.js';
import type { DeliveryDispatcher } from '../../lib/delivery/dispatch/delivery-dispatcher.js';
import { DispatchWorld } from '../support/delivery/dispatch-harness.js';

/** One arrival of one event at the destination. */
export interface Arrival {
  readonly eventId: string;
  /** What arrived for this event: must be the same whenever it arrives. */
  readonly bytes: string;
}

/** A destination that speaks the sink's real protocol on this machine. */
export interface SinkDestination {
  /** A new sink for it, as a new process would make it; an impatient one waits for an answer only a moment. */
  sink(options: { impatient: boolean; sections?: readonly ['metadata'] }): ConfiguredSink;
  /** All arrivals that the destination keeps, in order, repeated ones too. */
  arrivals(): Promise<readonly Arrival[]> | readonly Arrival[];
  /** Begins to fail. */
  fail(fault: string): Promise<void> | void;
  /** Works again. */
  heal(): Promise<void> | void;
  stop(): Promise<void>;
}

export interface SinkContract {
  readonly name: string;
  start(): Promise<SinkDestination>;
  /** Faults that pass: the event waits, in order. */
  readonly passing: readonly string[];
  /** Those of them that show only by waiting in vain. */
  readonly silent: readonly string[];
  /** Faults of the sink as a whole: it is held. */
  readonly refusing: readonly string[];
  /** The fault by which the destination refuses every event for good; absent if it can't refuse single events. */
  readonly rejecting?: string;
  /** Where repeated arrivals come from a batch that is kept as one thing, the batch has to arrive whole. */
  readonly maxBatch?: number;
}

/** What every sink owes, whatever its protocol and however its destination fails. */
export function describeSinkContract(contract: SinkContract): void {
  describe(`the sink contract: ${contract.name}`, () => {
    let destination: SinkDestination;
    let world: DispatchWorld;
    let dispatcher: DeliveryDispatcher;

    beforeEach(async () => {
      destination = await contract.start();
      world = new DispatchWorld();
      begin();
    });

    afterEach(async () => {
      await dispatcher.stop(0);
      await destination.stop();
    });

    /** Starts a process that delivers. */
    function begin(options: { fault?: string; sections?: readonly ['metadata'] } = {}): void {
      const impatient = options.fault !== undefined && contract.silent.includes(options.fault);
      dispatcher = world.dispatcher([limited(destination.sink({ impatient, sections: options.sections }))]);
      dispatcher.start();
    }

    const limited = (sink: ConfiguredSink): ConfiguredSink =>
      Object.assign(sink, { lingerMs: 0, ...(contract.maxBatch && { maxBatch: contract.maxBatch }) });
    const name = (): string => dispatcher.sinks[0].binding.name;
    const cursor = async () => (await world.store.readCursor(name()))!;

    async function append(count: number): Promise<void> {
      world.log.append(count);
      dispatcher.notify();
      await dispatcher.whenIdle();
    }

    async function recover(): Promise<void> {
      await destination.heal();
      for (let i = 0; i < 40 && (await cursor()).nextIndex < world.log.rows.length; i++) {
        await world.pass(dispatcher, 31_000, 31_000);
      }
    }

    /** Everything is there, first arrivals in order, never two payloads for one event, receipts agree. */
    async function expectAllDelivered(): Promise<void> {
      const arrivals = await destination.arrivals();
      const bytes = new Map<string, Set<string>>();
      for (const one of arrivals) bytes.set(one.eventId, (bytes.get(one.eventId) ?? new Set()).add(one.bytes));
      expect([...bytes.keys()]).toEqual(world.log.ids);
      expect([...bytes].filter(([, payloads]) => payloads.size > 1)).toEqual([]);
      expect(await cursor()).toMatchObject({ state: 'active', attempts: 0, lastError: null, batchEnd: null });
      const all = world.log.rows.length;
      expect(await world.store.countReceipts(name(), 0, all)).toEqual({ delivered: all, pending: 0, failed: 0 });
    }

    it('delivers in order, record bytes unchanged, each event once', async () => {
      await append(7);
      await append(3);
      await expectAllDelivered();
      const arrivals = await destination.arrivals();
      expect(arrivals).toHaveLength(10);
      arrivals.forEach(({ bytes }, i) => {
        expect(bytes).toContain(world.log.rows[i].record);
        expect(bytes).toContain(world.log.rows[i].hash);
      });
    });

    it('sends no erasable section unless told to, and then only that one', async () => {
      await append(1);
      expect((await destination.arrivals())[0].bytes).not.toMatch(/salt|example\.org|number 0/);
      await dispatcher.stop(0);
      begin({ sections: ['metadata'] });
      await append(1);
      const { bytes } = (await destination.arrivals()).at(-1)!;
      expect(bytes).toContain('"metadata":{"salt":"');
      expect(bytes).not.toMatch(/192\.0\.2\.1/);
    });

    if (contract.passing.length > 0)
      it.each(contract.passing)('waits out: %s', async (fault) => {
        await append(2);
        await dispatcher.stop(0);
        begin({ fault });
        await dispatcher.whenIdle();
        await destination.fail(fault);
        await append(3);
        expect((await cursor()).state).toBe('retrying');
        expect((await cursor()).lastError).not.toBe('');
        await world.pass(dispatcher, 2000, 500);
        expect(await world.store.countUndelivered(name())).toMatchObject({ failed: 0 });
        await recover();
        await expectAllDelivered();
        expect(world.recorded).toEqual([]);
      });

    if (contract.passing.length > 0)
      it.each(contract.passing)('loses nothing when the process ends during: %s', async (fault) => {
        await dispatcher.stop(0);
        begin({ fault });
        await dispatcher.whenIdle();
        await destination.fail(fault);
        await append(4);
        await dispatcher.stop(0);
        world.log.append(2);
        await destination.heal();
        begin();
        await dispatcher.whenIdle();
        await recover();
        await expectAllDelivered();
      });

    if (contract.refusing.length > 0)
      it.each(contract.refusing)('is held by, and recovers from: %s', async (fault) => {
        await append(2);
        await destination.fail(fault);
        await append(3);
        await world.pass(dispatcher, 90_000, 10_000);
        expect(await cursor()).toMatchObject({ state: 'held', nextIndex: 2 });
        expect(await world.store.countUndelivered(name())).toMatchObject({ failed: 0 });
        expect(world.alarmKinds).toContain('sink_held');
        expect(world.recorded.map(({ action }) => action)).toEqual(['audit.delivery_held']);
        await recover();
        await expectAllDelivered();
        expect(world.recorded.map(({ action }) => action)).toEqual(['audit.delivery_held', 'audit.delivery_resumed']);
      });

    if (contract.rejecting !== undefined) {
      const { rejecting } = contract;
      it(`makes dead letters of what is refused for good (${rejecting}), and re-drives them`, async () => {
        await append(2);
        await destination.fail(rejecting);
        await append(2);
        await destination.heal();
        await append(1);
        expect(await cursor()).toMatchObject({ nextIndex: 5, state: 'active' });
        const failed = await world.store.findReceipts({ status: 'failed', limit: 10 });
        expect(failed.map(({ logIndex }) => logIndex)).toEqual([2, 3]);
        expect(failed.every(({ lastError }) => lastError !== null && lastError !== '')).toBe(true);
        const first = (await destination.arrivals()).map(({ eventId }) => eventId);
        expect([...new Set(first)]).toEqual([0, 1, 4].map((i) => world.log.ids[i]));
        await world.store.redrive({ sink: name() }, world.clock.now());
        dispatcher.notify();
        await dispatcher.whenIdle();
        await world.pass(dispatcher, 3000, 1000);
        const after = (await destination.arrivals()).map(({ eventId }) => eventId);
        expect([...new Set(after)]).toEqual([0, 1, 4, 2, 3].map((i) => world.log.ids[i]));
        expect(await world.store.countReceipts(name(), 0, 5)).toEqual({ delivered: 5, pending: 0, failed: 0 });
      });
    }

    if (contract.passing.length > 0)
      it('gives up at once when told to, and the event comes later', async () => {
        await destination.fail(contract.silent[0] ?? contract.passing[0]);
        world.log.append(1);
        dispatcher.notify();
        await new Promise((resolve) => setImmediate(resolve));
        await dispatcher.stop(0);
        await destination.heal();
        begin();
        await dispatcher.whenIdle();
        await recover();
        await expectAllDelivered();
      });
  });
}
