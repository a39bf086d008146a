import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { LogHead, StreamHead } from '../../../ledger/ledger-store.port.js';
import { CompactRange } from '../../../ledger/merkle/index.js';
import type { KnownIdsState } from '../index/known-ids.js';
import { writeAtomically } from '../io/write-atomically.js';

/** A line of the log up to which everything is known, so that the next start reads only what follows. */
export interface ResumePoint {
  /** Position of the first record of the file that was written to. */
  readonly first: number;
  /** UTC day on which that file was begun, `2026-11-21`. */
  readonly day: string;
  /** Behind the last line. */
  readonly offset: number;
  /** Where the last line begins; null when the file has none yet. */
  readonly lastLine: number | null;
  /** Merkle leaf hash of the last line, lowercase hex. */
  readonly lastLeaf: string | null;
}

/** The log as of some record. */
export interface LogSnapshot {
  readonly head: LogHead;
  readonly streams: readonly StreamHead[];
  readonly resume: ResumePoint;
  readonly ids: KnownIdsState;
}

const VERSION = 1;

/**
 * The log's head as a file: two lines, the state as JSON and the SHA-256 of that line in hex. It is replaced as a whole,
 * and only after what it tells of is on the disk, so it is never ahead of the log unless records were taken away.
 *
 * It saves reading the log at start. Whoever can write to the log can write to it as well; it proves nothing.
 */
export class HeadFile {
  constructor(private readonly path: string) {}

  /** @returns `missing`, or `unreadable` if it is not what {@link write} has written */
  async read(): Promise<LogSnapshot | 'missing' | 'unreadable'> {
    try {
      return parse(await readFile(this.path, 'utf8')) ?? 'unreadable';
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
      throw error;
    }
  }

  /** @returns its size in bytes */
  async write({ head, streams, resume, ids }: LogSnapshot): Promise<number> {
    const rows = streams.map(({ name, nextSequence, lastHash }) => [name, nextSequence, lastHash]);
    const line = JSON.stringify({ v: VERSION, ...head, resume, ids, streams: rows });
    const text = `${line}\n${digest(line)}\n`;
    await writeAtomically(this.path, text);
    return Buffer.byteLength(text);
  }
}

type Stored = LogHead &
  Omit<LogSnapshot, 'head' | 'streams'> & { v: number; streams: [string, number, string | null][] };

function parse(text: string): LogSnapshot | null {
  const [line, sum, ...rest] = text.split('\n');
  if (sum !== digest(line) || rest.join('') !== '') return null;
  try {
    const { v, size, root, compactRange, createdAt, origin, resume, ids, streams } = JSON.parse(line) as Stored;
    const range = CompactRange.fromHex(size, compactRange);
    if (v !== VERSION || range.root().toString('hex') !== root || !Number.isSafeInteger(resume.offset)) return null;
    return {
      head: { size, root, compactRange, createdAt, origin },
      streams: streams.map(([name, nextSequence, lastHash]) => ({ name, nextSequence, lastHash })),
      resume,
      ids,
    };
  } catch {
    return null;
  }
}

function digest(line: string): string {
  return createHash('sha256').update(line).digest('hex');
}
