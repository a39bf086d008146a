import type { EventFilter, EventPageRequest, SealedPosition, StoredEvent } from '../../../ledger/ledger-store.port.js';
import { StoreError } from '../../../ledger/store.error.js';
import { lineLeaf, parseLogLine, toStoredEvent } from '../line/log-line.js';
import type { JsonLine } from '../../../event/parse-json-line.js';
import { isOpen, lineFilter } from './line-filter.js';
import type { LogSource, OpenLog } from './log-source.interface.js';
import { SegmentMoved } from './segment-reader.js';
import type { SegmentReader } from './segment-reader.js';

/** Files are renamed when they are full; a second reading finds them, unless it happens again and again. */
const MAX_MOVES = 20;

/** Reads a log from its files. The position of a record is its place in them. */
export class FileLogReader {
  constructor(private readonly source: LogSource) {}

  readRange(from: number, limit: number): Promise<StoredEvent[]> {
    return this.reading(async ({ segments }) => {
      const rows: StoredEvent[] = [];
      if (limit <= 0) return rows;
      await walk(segments, from, (line, logIndex) => {
        rows.push(toStoredEvent(readable(line, logIndex), logIndex));
        return rows.length < limit;
      });
      return rows;
    });
  }

  readLeafHashes(from: number, to: number): Promise<string[]> {
    return this.reading(async ({ segments }) => {
      const hashes: string[] = [];
      await walk(segments, from, (line, logIndex) => {
        if (logIndex >= to) return false;
        hashes.push(lineLeaf(parseLogLine(line), line).toString('hex'));
        return true;
      });
      return hashes;
    });
  }

  findPage({ direction, after, limit, ...filter }: EventPageRequest): Promise<StoredEvent[]> {
    return this.reading((log) => {
      const match = this.matcher(log, filter);
      return direction === 'ascending'
        ? findAscending(log.segments, (after ?? -1) + 1, limit, match)
        : findDescending(log.segments, after ?? Infinity, limit, match);
    });
  }

  async findById(eventId: string): Promise<StoredEvent | null> {
    const [found] = await this.locate([eventId]);
    return found ? toStoredEvent(found.line, found.logIndex) : null;
  }

  async findSealed(eventIds: readonly string[]): Promise<SealedPosition[]> {
    return (await this.locate(eventIds)).map(({ line: { value, hash }, logIndex }) => ({
      eventId: value.id,
      logIndex,
      stream: value.stream,
      sequence: value.sequence,
      hash,
      occurredAt: value.occurredAt,
    }));
  }

  /** Lines of the events that are in the log. */
  private locate(eventIds: readonly string[]): Promise<{ line: JsonLine; logIndex: number }[]> {
    return this.reading(async ({ state, segments }) => {
      const wanted = new Set(eventIds.filter((id) => state.ids.has(id) !== false));
      const found: { line: JsonLine; logIndex: number }[] = [];
      // What is asked for was mostly appended a moment ago.
      for (const segment of [...segments].reverse()) {
        if (wanted.size === 0) break;
        await segment.search(wanted, (bytes, logIndex) => {
          const line = parseLogLine(bytes);
          if (line && wanted.delete(line.value.id)) found.push({ line, logIndex });
          return wanted.size > 0;
        });
      }
      return found;
    });
  }

  /** What is no line of a log is found by no query, but for one that no head counts: that must not go unnoticed. */
  private matcher({ state }: OpenLog, filter: EventFilter): (line: Buffer, logIndex: number) => StoredEvent | null {
    const match = lineFilter(filter);
    if (!isOpen(filter)) return match;
    return (line, logIndex) =>
      logIndex < state.size ? match(line, logIndex) : toStoredEvent(readable(line, logIndex), logIndex);
  }

  private async reading<T>(work: (log: OpenLog) => Promise<T>): Promise<T> {
    for (let moves = 0; ; moves++) {
      try {
        return await work(await this.source.current());
      } catch (error) {
        if (!(error instanceof SegmentMoved) || moves === MAX_MOVES) throw error;
      }
    }
  }
}

type Match = (line: Buffer, logIndex: number) => StoredEvent | null;

async function walk(
  segments: readonly SegmentReader[],
  from: number,
  visit: (line: Buffer, logIndex: number) => boolean,
): Promise<void> {
  let goesOn = true;
  for (const [i, segment] of segments.entries()) {
    const next = segments[i + 1];
    if (!goesOn) return;
    if (next && next.first <= from && !segment.mayOverflow()) continue;
    await segment.walk(from, (line, logIndex) => (goesOn = visit(line, logIndex)));
  }
}

async function findAscending(
  segments: readonly SegmentReader[],
  from: number,
  limit: number,
  match: Match,
): Promise<StoredEvent[]> {
  const rows: StoredEvent[] = [];
  if (limit <= 0) return rows;
  await walk(segments, from, (line, logIndex) => {
    const row = match(line, logIndex);
    if (row) rows.push(row);
    return rows.length < limit;
  });
  return rows;
}

async function findDescending(
  segments: readonly SegmentReader[],
  before: number,
  limit: number,
  match: Match,
): Promise<StoredEvent[]> {
  const rows: StoredEvent[] = [];
  for (const segment of [...segments].reverse()) {
    if (rows.length >= limit || segment.first >= before) continue;
    let part: StoredEvent[] = [];
    await segment.walkBack(
      before,
      (line, logIndex) => {
        const row = match(line, logIndex);
        if (row) part.push(row);
        // The last ones are wanted; the others need not be kept.
        if (part.length >= 2 * limit) part = part.slice(-limit);
      },
      () => {
        rows.push(...part.reverse().slice(0, limit - rows.length));
        part = [];
        return rows.length < limit;
      },
    );
  }
  return rows;
}

function readable(bytes: Buffer, logIndex: number): JsonLine {
  const line = parseLogLine(bytes);
  if (line) return line;
  throw new StoreError(`Line ${logIndex} of the log, counted from 0, is not one that was ever written by it.`, {
    reason: 'refused',
  });
}
