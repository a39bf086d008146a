import { renameSync } from 'node:fs';
import type { LogHead } from '../../../ledger/ledger-store.port.js';
import { syncFolder } from '../io/write-atomically.js';
import type { LogPaths } from '../log-paths.js';
import { appendToManifest } from './manifest.js';
import { digestOf } from './segment-files.js';

/** A file that is full. */
export interface FullSegment {
  readonly first: number;
  /** Its lines. */
  readonly records: number;
  /** Head of the log at its end. */
  readonly at: LogHead;
}

/**
 * Gives a full file the name of a closed one and notes it in the manifest. A crash in between leaves a closed file that
 * the manifest does not name, which the next start makes up for.
 *
 * @param renamed called at the moment at which the file has its new name
 */
export async function closeSegment(
  paths: LogPaths,
  segment: FullSegment,
  now: number,
  renamed: (path: string) => void,
): Promise<void> {
  const path = paths.inFolder(paths.segmentName(segment.first));
  const digest = await digestOf(paths.active);
  // In one step with what the readers in this process know of it.
  renameSync(paths.active, path);
  renamed(path);
  await syncFolder(paths.folder);
  await noteInManifest(paths, segment, digest, now);
}

/** @param digest of the file */
export async function noteInManifest(
  paths: LogPaths,
  { first, records, at }: FullSegment,
  { sha256, bytes }: { readonly sha256: string; readonly bytes: number },
  now: number,
): Promise<void> {
  const { size: next, root, compactRange } = at;
  await appendToManifest(paths.manifest, {
    file: paths.segmentName(first),
    first,
    next,
    records,
    bytes,
    sha256,
    root,
    compactRange,
    closedAt: new Date(now).toISOString(),
  });
}
