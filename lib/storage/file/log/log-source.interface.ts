import type { LogState } from './log-state.js';
import type { SegmentReader } from './segment-reader.js';

/** A log that is open, as its readers need it. */
export interface LogSource {
  /** The state of the log, and its files, as they are now. */
  current(): Promise<OpenLog>;
}

export interface OpenLog {
  readonly state: LogState;
  /** In the order of their positions; the last one is written to. */
  readonly segments: readonly SegmentReader[];
}
