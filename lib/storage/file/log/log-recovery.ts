import type { FileHandle } from 'node:fs/promises';
import type { LogHead } from '../../../ledger/ledger-store.port.js';
import type { ReportIncident } from '../incident.interface.js';
import { scanLines } from '../io/line-scanner.js';
import { lineLeaf, parseLogLine } from '../line/log-line.js';
import type { LogPaths } from '../log-paths.js';
import type { LogSnapshot, ResumePoint } from './head-file.js';
import { LogState } from './log-state.js';
import { listSegments, openForReading } from './segment-files.js';
import type { ClosedSegment } from './segment-files.js';

/** A log as its files are found. */
export interface RecoveredLog {
  readonly state: LogState;
  readonly closed: readonly ClosedSegment[];
  /** The last line of the file that is written to. */
  readonly resume: ResumePoint;
  /** Bytes of the file that is written to; beyond `resume.offset` they are a torn end. */
  readonly bytes: number;
  /** Identity of that file; null when there is none yet. */
  readonly inode: number | null;
  /** Records that this file should have and has not; another file has to be begun at the position behind them. */
  readonly missing: number;
  /** Records are missing of which nothing is known, not even their hashes: the tree cannot be continued. */
  readonly broken: boolean;
  /** The last closed file and the head at its end, if the manifest does not name that file yet. */
  readonly unlisted: { readonly segment: ClosedSegment; readonly records: number; readonly at: LogHead } | null;
}

type Position = Pick<ResumePoint, 'offset' | 'lastLine' | 'lastLeaf'>;

interface Replayed extends Position {
  readonly bytes: number;
  readonly inode: number | null;
  readonly missing: number;
}

const NOWHERE: Position = { offset: 0, lastLine: null, lastLeaf: null };

/**
 * Finds out how long a log is and what its head and streams are: from what was known last, and from the lines that
 * follow. If the file is not what was known, it is read again, and what was known is kept: it may be evidence.
 */
export class LogRecovery {
  constructor(
    private readonly paths: LogPaths,
    private readonly report: ReportIncident,
    private readonly today: () => string,
  ) {}

  /** @param known the last state that is known of the log; null to read it from its beginning */
  async recover(known: LogSnapshot | null): Promise<RecoveredLog> {
    const { closed, problems } = await listSegments(this.paths);
    for (const problem of problems) this.reportManifest(problem);
    const state = known ? LogState.of(known) : LogState.empty();
    const from = known?.resume.first ?? 0;
    let unlisted: RecoveredLog['unlisted'] = null;
    let broken = false;
    for (const [i, segment] of closed.entries()) {
      const { first, entry } = segment;
      const next = closed[i + 1]?.first;
      if (!entry && (first < from || next !== undefined)) this.reportManifest(`it does not name ${segment.path}`);
      if (first < from) continue;
      broken ||= first > from && state.size !== first;
      const { missing } = await this.replay(segment.path, first, state, first === from ? known : null, false);
      const end = entry?.next ?? next ?? state.size;
      if (state.size !== end) this.skip(segment, state, end);
      unlisted = entry ? null : { segment, records: state.size - first - missing, at: state.head };
    }
    const last = closed.at(-1);
    const first = Math.max(from, last?.entry?.next ?? (last && last.first >= from ? state.size : 0));
    broken ||= first > from && state.size !== first;
    const active = await this.replay(this.paths.active, first, state, first === from ? known : null, true);
    const { offset, lastLine, lastLeaf, bytes, inode, missing } = active;
    const day = first === from && known ? known.resume.day : this.today();
    return {
      state,
      closed,
      resume: { first, day, offset, lastLine, lastLeaf },
      bytes,
      inode,
      missing,
      broken,
      unlisted,
    };
  }

  private async replay(
    path: string,
    first: number,
    state: LogState,
    known: LogSnapshot | null,
    active: boolean,
  ): Promise<Replayed> {
    const file = await openForReading(path);
    try {
      const { size: bytes, ino: inode } = (await file?.stat()) ?? { size: 0, ino: null };
      const resumes = known !== null && (await isIntact(file, bytes, known.resume));
      if (known && !resumes) this.reportChange(path, known.resume, bytes);
      const start = resumes ? known.resume : NOWHERE;
      const covered = known && !resumes ? state.size - first : 0;
      const replayed = await this.replayLines(file, start, bytes, covered, state, active && known !== null);
      if (replayed.missing > 0) this.reportMissing(path, replayed.missing, state.size);
      return { ...replayed, bytes, inode };
    } finally {
      await file?.close();
    }
  }

  /**
   * @param covered so many lines are part of the state already
   * @param stopAtHoles nothing from here on is known to be on the disk, so zero bytes are what a power failure left
   */
  private async replayLines(
    file: FileHandle | null,
    start: Position,
    bytes: number,
    covered: number,
    state: LogState,
    stopAtHoles: boolean,
  ): Promise<Position & { missing: number }> {
    let { lastLine, lastLeaf } = start;
    let offset = start.offset;
    if (!file) return { offset, lastLine, lastLeaf, missing: covered };
    const replay = state.replay();
    let seen = 0;
    await scanLines(file, start.offset, bytes, (line, at, end) => {
      const replaying = seen >= covered;
      if (replaying && stopAtHoles && line.includes(0)) return false;
      const parsed = parseLogLine(line);
      const leaf = replaying ? replay.add(parsed, line) : lineLeaf(parsed, line);
      [lastLine, lastLeaf, offset] = [at, leaf.toString('hex'), end];
      seen++;
      return true;
    });
    replay.finish();
    return { offset, lastLine, lastLeaf, missing: Math.max(0, covered - seen) };
  }

  /** A closed file that has not as many lines as it had: what was written about it at that time counts. */
  private skip({ path, entry, first }: ClosedSegment, state: LogState, next: number): void {
    if (state.size < next) this.reportMissing(path, next - state.size, next);
    else this.reportManifest(`the file that begins at position ${first} reaches beyond position ${next}`);
    if (entry) state.skipTo(entry.next, entry.root, entry.compactRange);
  }

  private reportChange(file: string, { offset }: ResumePoint, bytes: number): void {
    this.report({
      kind: 'file_changed',
      file,
      message:
        `The log's file ${file} is not as it was left: it has ${bytes} bytes, and what ended at byte ${offset} is not ` +
        'there any more. Somebody changed it, or it was restored. It was read again; verify the log.',
    });
  }

  private reportMissing(file: string, records: number, size: number): void {
    this.report({
      kind: 'records_missing',
      file,
      records,
      message:
        `${records} records are missing at the end of ${file}: the log had ${size} records before it was cut. The log ` +
        `goes on at position ${size}, and its verification says what is missing. Look for who cut it, and for a backup.`,
    });
  }

  private reportManifest(problem: string): void {
    this.report({
      kind: 'manifest_broken',
      file: this.paths.manifest,
      message: `The files of the log and its manifest do not fit together: ${problem}. Verify the log.`,
    });
  }
}

/** Whether the line at which the state was taken still ends there. */
async function isIntact(file: FileHandle | null, bytes: number, point: ResumePoint): Promise<boolean> {
  const { offset, lastLine, lastLeaf } = point;
  if (lastLine === null) return offset === 0;
  if (!file || bytes < offset || lastLine >= offset) return false;
  let leaf: string | null = null;
  const end = await scanLines(file, lastLine, offset, (line) => {
    leaf = lineLeaf(parseLogLine(line), line).toString('hex');
    return false;
  });
  return end === offset && leaf === lastLeaf;
}
