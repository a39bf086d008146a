import type { ConfiguredSink } from '../../../lib/delivery/audit-sink.interface.js';
import type { DeliveryAlarm } from '../../../lib/delivery/delivery-alarm.js';
import { DeliveryDispatcher } from '../../../lib/delivery/dispatch/delivery-dispatcher.js';
import type { DispatchParts } from '../../../lib/delivery/dispatch/dispatch-parts.js';
import { bindSink } from '../../../lib/delivery/dispatch/sink-binding.js';
import type { AuditEvent } from '../../../lib/event/audit-event.interface.js';
import { MemoryDeliveryStore } from '../../../lib/storage/memory/delivery.memory-store.js';
import { ManualClock } from './manual-clock.js';
import { TestLeases } from './test-leases.js';
import { TestLog } from './test-log.js';

/** A log, a store, a clock: what several dispatchers can share. */
export class DispatchWorld {
  readonly clock = new ManualClock();
  readonly log = new TestLog();
  readonly store = new MemoryDeliveryStore();
  readonly leases = new TestLeases(this.clock);
  readonly alarms: DeliveryAlarm[] = [];
  readonly recorded: AuditEvent[] = [];
  private instances = 0;

  /** Another process. Its waits are the longest that jitter allows. */
  dispatcher(sinks: readonly ConfiguredSink[], overrides: Partial<DispatchParts> = {}): DeliveryDispatcher {
    return new DeliveryDispatcher(
      sinks.map((sink) => bindSink(sink)),
      this.parts(overrides),
    );
  }

  parts(overrides: Partial<DispatchParts> = {}): DispatchParts {
    return {
      log: this.log,
      store: this.store,
      leases: this.leases,
      clock: this.clock,
      random: () => 0.999,
      holder: `instance-${++this.instances}`,
      leaseTtlMs: 15_000,
      flushEveryMs: 1000,
      coalesceMs: 0,
      onAlarm: (alarm) => this.alarms.push(alarm),
      record: async (event) => this.recorded.push(event),
      ...overrides,
    };
  }

  get alarmKinds(): string[] {
    return this.alarms.map(({ kind }) => kind);
  }

  /** Lets time pass in steps, so that what each step starts can end before the next. */
  async pass(dispatcher: DeliveryDispatcher, ms: number, stepMs = 250): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      await dispatcher.whenIdle();
    }
  }
}
