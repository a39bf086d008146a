import type { ConfiguredSink } from '../delivery/audit-sink.interface.js';
import { Choice, Milliseconds, ObjectList, WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';

export const DELIVERY_MODES = ['local', 'hybrid', 'remote'] as const;
export type DeliveryMode = (typeof DELIVERY_MODES)[number];

const SINK_NAME = /^[A-Za-z0-9._-]{1,64}$/;

/** Where sealed events go besides the log. */
@CheckedBy<DeliveryOptions>((delivery, report) => {
  if (delivery.mode !== 'local' && delivery.sinks.length === 0) {
    report.refuse('sinks', `at least one sink, because delivery.mode is '${delivery.mode}'`);
  }
  const names = delivery.sinks.map(({ name }) => name);
  if (new Set(names).size < names.length) report.refuse('sinks', 'sinks with different names');
})
export class DeliveryOptions extends OptionSection {
  /**
   * Keep events here only (`local`), deliver them as well (`hybrid`), or keep them only until they are delivered
   * (`remote`). `local` never uses the network.
   * @default 'local'
   */
  @Choice(DELIVERY_MODES)
  mode: DeliveryMode = 'local';

  /**
   * Milliseconds between two looks for what is still to be delivered. Events of this process do not wait for it; those
   * that other processes seal do, where this one serves the sink.
   * @default 1000
   */
  @Milliseconds({ min: 100 })
  flushEvery = 1000;

  /**
   * For a log that was kept in mode `remote` until now: up to which `logIndex` its events may be without their content.
   * What is gone beyond it is a finding of verification. In mode `remote` it has no effect.
   * @default 0
   */
  @WholeNumber({ min: 0 })
  discardedBelow = 0;

  /**
   * Destinations. Each has its own cursor and does not hold back the others.
   * @default []
   */
  @ObjectList({
    allowed: 'a list of objects with a name (1 to 64 of A-Z a-z 0-9 . _ -) and deliver(batch, signal)',
    valid: (sink) => {
      const { name, deliver } = sink as Partial<ConfiguredSink>;
      return typeof name === 'string' && SINK_NAME.test(name) && typeof deliver === 'function';
    },
  })
  sinks: ConfiguredSink[] = [];
}
