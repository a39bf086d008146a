import { readdir, readFile, stat, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { livenessOf, parseIdentity } from '../../../ledger/process/process-identity.js';
import { FILE_MODE } from '../io/write-atomically.js';

/** What stands in a lock file. */
export interface LockEntry {
  /** Identity of the process that holds the log; null once it let go. */
  readonly holder: string | null;
  /** When it took the log, RFC 3339. */
  readonly since: string;
}

export interface FoundLock {
  readonly number: number;
  /** Null while it is being written, or when somebody wrote something else into it. */
  readonly entry: LockEntry | null;
  readonly state: 'free' | 'held' | 'dead';
}

export function formatLock(entry: LockEntry): string {
  return `${JSON.stringify(entry)}\n`;
}

/** Numbers of the lock files of a log, the highest first: it alone counts. */
export async function lockNumbers(prefix: string): Promise<number[]> {
  const start = `${basename(prefix)}.`;
  return (await readdir(dirname(prefix)))
    .filter((name) => name.startsWith(start) && /^[1-9][0-9]{0,14}$/.test(name.slice(start.length)))
    .map((name) => Number(name.slice(start.length)))
    .sort((a, b) => b - a);
}

/**
 * Who holds the log.
 *
 * @param silenceMs a process of another host is dead when its lock file was not touched for so long
 * @returns null when nobody ever did
 */
export async function findLock(prefix: string, silenceMs: number): Promise<FoundLock | null> {
  const [number] = await lockNumbers(prefix);
  if (number === undefined) return null;
  const entry = parseLock(await readFile(`${prefix}.${number}`, 'utf8'));
  return { number, entry, state: await stateOf(entry, prefix, number, silenceMs) };
}

async function stateOf(
  entry: LockEntry | null,
  prefix: string,
  number: number,
  silenceMs: number,
): Promise<FoundLock['state']> {
  if (entry?.holder === null) return 'free';
  const identity = entry && parseIdentity(entry.holder);
  const liveness = identity ? livenessOf(identity) : 'unknown';
  if (liveness !== 'unknown') return liveness === 'alive' ? 'held' : 'dead';
  const { mtimeMs } = await stat(`${prefix}.${number}`);
  return (await fileSystemTime(prefix)) - mtimeMs > silenceMs ? 'dead' : 'held';
}

/** The clock that stamps the files there: the other host's may be another than this one's. */
async function fileSystemTime(prefix: string): Promise<number> {
  const probe = `${prefix}.${process.pid}-${Math.random().toString(36).slice(2)}.tmp`;
  await writeFile(probe, '', { flag: 'wx', mode: FILE_MODE });
  try {
    return (await stat(probe)).mtimeMs;
  } finally {
    await unlink(probe);
  }
}

function parseLock(text: string): LockEntry | null {
  try {
    const { holder, since } = JSON.parse(text) as LockEntry;
    return holder === null || typeof holder === 'string' ? { holder, since: String(since) } : null;
  } catch {
    return null;
  }
}
