import { Choice, Milliseconds, Text, WholeNumber } from './option.decorators.js';
import { OptionSection } from './option-section.js';
import { CheckedBy } from './section.decorators.js';

export const SEALING_THREADS = ['auto', 'worker', 'inline'] as const;
export type SealingThread = (typeof SEALING_THREADS)[number];

/** Where events wait between being accepted and being sealed. */
@CheckedBy<QueueOptions>((queue, report) => {
  if (queue.retryMaxMs < queue.retryBaseMs) {
    report.refuse('retryMaxMs', `at least the ${queue.retryBaseMs} of queue.retryBaseMs`);
  }
  if (queue.maxBatch > queue.maxEvents) {
    report.refuse('maxBatch', `at most the ${queue.maxEvents} of queue.maxEvents`);
  }
})
export class QueueOptions extends OptionSection {
  /**
   * Events waiting in memory at most. Beyond it they go to the spool, or are counted and recorded as a gap.
   * @default 10000
   */
  @WholeNumber({ min: 1 })
  maxEvents = 10_000;

  /**
   * Text of the waiting events at most, in UTF-16 units. It bounds the queue, not the whole process.
   * @default 67108864
   */
  @WholeNumber({ min: 65_536 })
  maxBytes = 67_108_864;

  /**
   * Events of one append at most. Larger batches are quicker, and hold the log's head longer.
   * @default 1000
   */
  @WholeNumber({ min: 1, max: 100_000 })
  maxBatch = 1_000;

  /**
   * How long the first event of a batch waits for company, in milliseconds. With 0 it waits for nobody.
   * @default 5
   */
  @Milliseconds({ min: 0 })
  lingerMs = 5;

  /**
   * First pause after a failed append, in milliseconds; doubled each time, with jitter.
   * @default 50
   */
  @Milliseconds({ min: 1 })
  retryBaseMs = 50;

  /**
   * Longest pause between two attempts, in milliseconds. Attempts never end by themselves.
   * @default 5000
   */
  @Milliseconds({ min: 1 })
  retryMaxMs = 5_000;

  /**
   * How long a caller that waits for its event to be sealed waits at most, in milliseconds: `log()` and the routes
   * with `block` or `strict`. The event itself stays in the queue.
   * @default 10000
   */
  @Milliseconds({ min: 1 })
  sealTimeoutMs = 10_000;

  /**
   * Folder for events that are accepted and not yet sealed, so that they outlive a kill of the process and an outage
   * of the database. Several processes of one host may share it; hosts must not.
   * @default none: waiting events live in memory only
   */
  @Text({ allowed: 'a path of a folder' })
  spool?: string;

  /**
   * Bytes of one process in the spool at most. Beyond it events are counted and recorded as a gap.
   * @default 1073741824
   */
  @WholeNumber({ min: 65_536 })
  spoolMaxBytes = 1_073_741_824;

  /**
   * How long shutdown waits for the queue to become empty, in milliseconds. What is left then stays in the spool, or
   * is counted.
   * @default 10000
   */
  @Milliseconds({ min: 0 })
  drainTimeoutMs = 10_000;

  /**
   * Where events are sealed: in a thread of their own (`worker`), in the application's thread (`inline`), or whatever
   * the store allows (`auto`). The thread is never used for `memory` and `datasource`.
   * @default 'auto'
   */
  @Choice(SEALING_THREADS)
  thread: SealingThread = 'auto';
}
