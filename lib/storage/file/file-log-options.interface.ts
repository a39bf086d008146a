import type { FileIncident } from './incident.interface.js';
import type { OpenAppendFile } from './io/append-file.js';

/** How a log in files is kept. */
export interface FileLogOptions {
  /** File that is written to. */
  readonly path: string;
  /** Only read: no lock is taken and nothing is repaired. Another process may write meanwhile. @default false */
  readonly readOnly?: boolean;
  /** Close the file when it is as large, in bytes. @default no rotation by size */
  readonly rotateBytes?: number;
  /** Close the file when a UTC day ends. @default no rotation by time */
  readonly rotateEvery?: 'day';
  /** When written bytes are forced to the disk. @default 'batch' */
  readonly fsync?: 'batch' | 'interval' | 'never';
  /** Pause between two syncs with `interval`, in milliseconds. @default 1000 */
  readonly fsyncIntervalMs?: number;
  /** How long to wait for another process to let go of the log, in milliseconds. @default 5000 */
  readonly lockWaitMs?: number;
  /** Told of damage that was found. */
  readonly onIncident?: (incident: FileIncident) => void;
  /** @default the system's clock, in milliseconds of Unix time */
  readonly now?: () => number;
  /** Opens the file for appending. @default the file system's */
  readonly openFile?: OpenAppendFile;
}
