/**
 * What was found to be wrong with the files of a log, and what was done.
 *
 * - `torn_tail`: the last line was not written to its end, as after a killed process or a power failure. What stood there
 *   was put aside and cut off.
 * - `records_missing`: the log ends before the head file says. It is read as it is, and goes on at the position that the
 *   head names, so the hole stays visible.
 * - `head_lost`: there is no usable head file; everything was read again. Records cut off at the end would not be noticed.
 * - `file_changed`: a file is not as this process left it: somebody else wrote to it or replaced it.
 * - `manifest_broken`: the manifest does not fit together, or does not fit the files that are there.
 * - `lock_taken_over`: the process that held the log is dead.
 * - `sync_failed`: the disk did not confirm what was written; acknowledged events may be lost in a power failure.
 * - `head_not_written`, `rotation_failed`: could not be done and is tried again later. No event is concerned.
 *
 * @publicApi
 */
export type FileIncidentKind =
  | 'torn_tail'
  | 'records_missing'
  | 'head_lost'
  | 'file_changed'
  | 'manifest_broken'
  | 'lock_taken_over'
  | 'sync_failed'
  | 'head_not_written'
  | 'rotation_failed';

/** @publicApi */
export interface FileIncident {
  readonly kind: FileIncidentKind;
  /** What is wrong, what it means and what was done, in words. */
  readonly message: string;
  readonly file: string;
  /** `torn_tail`: whole lines among what was cut off. `records_missing`: records that are not there. */
  readonly records?: number;
  /** `torn_tail`: bytes that were cut off, the whole lines among them included. */
  readonly bytes?: number;
  /** `torn_tail`: where they were put aside. */
  readonly keptIn?: string;
  readonly cause?: unknown;
}

/** Keeps what happened, and tells whoever wants to know. */
export type ReportIncident = (incident: FileIncident) => void;
