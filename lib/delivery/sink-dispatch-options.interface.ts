import type { SectionName } from '../event/audit-event.interface.js';
import type { RetryPolicy } from './retry/index.js';
import type { RouteFilter, RouteFunction } from './routing/route.interface.js';

/** How the dispatcher treats one sink, whatever its kind. */
export interface SinkDispatchOptions {
  /** Which events it gets. @default all */
  readonly when?: RouteFilter | RouteFunction;
  /** Which erasable sections it may see. What was sent can't be erased there. @default [] */
  readonly sections?: readonly SectionName[];
  /** Alarm when it is unavailable; with durability `strict` the response waits for its receipt. @default false */
  readonly required?: boolean;
  /** Where a sink that was never seen before begins: at the log's start, or at its present end. @default 'start' */
  readonly startAt?: 'start' | 'now';
  /** Most events in a batch. @default 200 */
  readonly maxBatch?: number;
  /** Most bytes of JSON lines in a batch; a single event may be more. @default 1048576 */
  readonly maxBatchBytes?: number;
  /** How long to wait for a batch to fill, in milliseconds. @default 0 */
  readonly lingerMs?: number;
  /** Time for one call of the sink, in milliseconds. @default 60000 */
  readonly timeoutMs?: number;
  readonly retry?: Partial<RetryPolicy>;
}
