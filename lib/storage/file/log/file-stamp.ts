import { statSync } from 'node:fs';
import { toStoreError } from '../io/to-store-error.js';
import type { ReadableBytes, SegmentBounds } from './segment-bounds.interface.js';

/** Which file stands at a path, and how it was last written to. A few microseconds, and nothing comes in between. */
export interface FileStamp {
  readonly inode: number;
  readonly bytes: number;
  /** Times of the last change of content and of the file itself, in milliseconds. */
  readonly times: string;
}

/** @returns null if there is no file */
export function stampOf(path: string): FileStamp | null {
  try {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat ? { inode: stat.ino, bytes: stat.size, times: `${stat.mtimeMs} ${stat.ctimeMs}` } : null;
  } catch (error) {
    throw toStoreError(error, path, 'found');
  }
}

/** A file that nobody should write to: all of it may be read. */
export function closedBounds(path: string): SegmentBounds {
  return () => readableOf(stampOf(path));
}

export function readableOf(stamp: FileStamp | null): ReadableBytes {
  if (!stamp) return { end: 0, inode: null, version: '' };
  return { end: stamp.bytes, inode: stamp.inode, version: `${stamp.inode} ${stamp.bytes} ${stamp.times}` };
}
