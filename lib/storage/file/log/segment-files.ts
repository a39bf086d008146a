import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { open, readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { toStoreError } from '../io/to-store-error.js';
import type { LogPaths } from '../log-paths.js';
import { readManifest } from './manifest.js';
import type { ManifestEntry } from './manifest.js';

/** A file of the log that is not written to any more. */
export interface ClosedSegment {
  /** Position of its first record. */
  readonly first: number;
  readonly path: string;
  /** What the manifest says of it; null when it says nothing. */
  readonly entry: ManifestEntry | null;
}

export interface SegmentListing {
  /** In the order of their positions. Files that the manifest names and that are gone are among them. */
  readonly closed: readonly ClosedSegment[];
  /** What does not fit together, in words. */
  readonly problems: readonly string[];
}

/** The closed files of a log: those that the manifest names, and any others whose names are of that kind. */
export async function listSegments(paths: LogPaths): Promise<SegmentListing> {
  const { entries, brokenAt } = await readManifest(paths.manifest);
  const byFirst = new Map<number, ClosedSegment>();
  const problems: string[] = [];
  if (brokenAt !== null) problems.push(`line ${brokenAt + 1} of the manifest does not follow from the one before`);
  for (const entry of entries) {
    const { first } = entry;
    const path = paths.inFolder(paths.segmentName(first));
    if (entry.file !== paths.segmentName(first))
      problems.push(`the manifest names ${entry.file} for position ${first}`);
    else byFirst.set(first, { first, path, entry });
    if (!existsSync(path)) problems.push(`${entry.file} is named in the manifest and is not there`);
  }
  for (const name of await readdir(paths.folder)) {
    const first = paths.firstOf(name);
    if (first !== null && !byFirst.has(first)) byFirst.set(first, { first, path: paths.inFolder(name), entry: null });
  }
  return { closed: [...byFirst.values()].sort((a, b) => a.first - b.first), problems };
}

/** @returns null if there is no such file */
export async function openForReading(path: string): Promise<FileHandle | null> {
  try {
    return await open(path, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw toStoreError(error, path, 'read');
  }
}

/** SHA-256 of a file in hex, and its length. */
export async function digestOf(path: string): Promise<{ sha256: string; bytes: number }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { sha256: hash.digest('hex'), bytes };
}
