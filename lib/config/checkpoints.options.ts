import { AnchorOptions } from './anchor.options.js';
import { Milliseconds } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy, NestedList } from './section.decorators.js';

/** When checkpoints are written and where copies go. They need `signing`. */
@CheckedBy<CheckpointOptions>((checkpoints, report) => {
  if (checkpoints.idleEveryMs < checkpoints.everyMs) {
    report.refuse('idleEveryMs', `at least the ${checkpoints.everyMs} of checkpoints.everyMs`);
  }
})
export class CheckpointOptions extends OptionSection {
  /**
   * Milliseconds between two checkpoints of a log that grows.
   * @default 10000
   */
  @Milliseconds({ min: 100 })
  everyMs = 10_000;

  /**
   * Milliseconds after which a log that does not grow gets an `audit.heartbeat` event, and a checkpoint over it: silence is
   * evidence, too.
   * @default 600000
   */
  @Milliseconds({ min: 100 })
  idleEveryMs = 600_000;

  /**
   * Places that keep copies. Without one, whoever owns the database can cut the log's tail unseen.
   * @default []
   */
  @NestedList(() => AnchorOptions)
  anchors: AnchorOptions[] = [];
}
