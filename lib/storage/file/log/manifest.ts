import { createHash } from 'node:crypto';
import { open, readFile } from 'node:fs/promises';
import { FILE_MODE } from '../io/write-atomically.js';

/** A file of the log that was closed. */
export interface ManifestEntry {
  readonly v: 1;
  /** Name of the file, in the folder of the log. */
  readonly file: string;
  /** Position of its first record. */
  readonly first: number;
  /** Position behind its last record: where the next file begins. */
  readonly next: number;
  /** Its lines; fewer than `next − first` if records were taken away before it was closed. */
  readonly records: number;
  readonly bytes: number;
  /** Of the whole file, in hex: what `sha256sum` prints. */
  readonly sha256: string;
  /** Merkle root of all records before `next`, in hex. */
  readonly root: string;
  /** Roots of the perfect subtrees of that tree, largest first, in hex: all that is needed to continue it. */
  readonly compactRange: readonly string[];
  /** When it was closed, RFC 3339. */
  readonly closedAt: string;
  /** SHA-256 of the line before, without its line feed, in hex; null in the first line. */
  readonly previous: string | null;
}

export interface Manifest {
  readonly entries: readonly ManifestEntry[];
  /** Number of the first line that does not follow from the one before, or is no entry; null when all do. */
  readonly brokenAt: number | null;
  /** SHA-256 of the last line. */
  readonly last: string | null;
}

/** @returns an empty manifest if there is no file */
export async function readManifest(path: string): Promise<Manifest> {
  const entries: ManifestEntry[] = [];
  let brokenAt: number | null = null;
  let last: string | null = null;
  // A line that was cut off was not finished: what it tells of is found out again.
  const lines = (await textOf(path)).split('\n').slice(0, -1);
  for (const [number, line] of lines.entries()) {
    const entry = parseEntry(line);
    if (entry) entries.push(entry);
    if (!entry || entry.previous !== last) brokenAt ??= number;
    last = digest(line);
  }
  return { entries, brokenAt, last };
}

/** Adds a line that names the one before. @returns once it is on the disk */
export async function appendToManifest(
  path: string,
  entry: Omit<ManifestEntry, 'v' | 'previous'>,
): Promise<ManifestEntry> {
  const text = await textOf(path);
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  const { last } = await readManifest(path);
  const complete: ManifestEntry = { v: 1, ...entry, previous: last };
  const file = await open(path, 'a', FILE_MODE);
  try {
    if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
    await file.write(`${JSON.stringify(complete)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
  return complete;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return '';
  });
}

function parseEntry(line: string): ManifestEntry | null {
  try {
    const entry = JSON.parse(line) as ManifestEntry;
    const numbers = [entry.first, entry.next, entry.records, entry.bytes];
    const sound = entry.v === 1 && typeof entry.file === 'string' && numbers.every((n) => Number.isSafeInteger(n));
    return sound && Array.isArray(entry.compactRange) ? entry : null;
  } catch {
    return null;
  }
}

function digest(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}
