import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import type { RowChange } from './row-change.interface.js';

/**
 * Why the trail can't tell everything of a row:
 *
 * - `no_beginning`: the row was there before it was recorded; fields that never changed since are unknown
 * - `bulk`: a write to many rows, not recorded one by one, may have concerned it
 * - `gap`: events were lost and counted; one of them may have concerned it
 * - `erased`: the values of a change have been erased from the trail
 * - `incomplete`: a change was recorded without all of its values
 * - `unseen`: a field had another value than the trail says, so something wrote it past the application
 *
 * @publicApi
 */
export type StateDoubtReason = 'no_beginning' | 'bulk' | 'gap' | 'erased' | 'incomplete' | 'unseen';

/** @publicApi */
export interface StateDoubt {
  readonly reason: StateDoubtReason;
  /** The event that gives rise to the doubt; null for `no_beginning`. */
  readonly eventId: string | null;
  /** Fields in doubt, as far as they are known. */
  readonly paths: readonly string[];
}

/**
 * A row as it was, rebuilt from the trail.
 *
 * @publicApi
 */
export interface RowState {
  /**
   * Fields by name, JSON and embedded ones nested, links as lists of keys; values are redacted as they were recorded. A
   * field that is missing was null, unless there are doubts. Null: there was no such row.
   */
  readonly state: Readonly<Record<string, JsonValue>> | null;
  /** Whether the trail tells all of it: there are no doubts. */
  readonly complete: boolean;
  readonly doubts: readonly StateDoubt[];
  /** The last step until then that surely concerned the row; null if there is none. */
  readonly lastChange: RowChange | null;
}
