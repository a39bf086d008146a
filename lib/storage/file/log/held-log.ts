import type { AppendBatch } from '../../../ledger/ledger-store.port.js';
import { StoreError } from '../../../ledger/store.error.js';
import type { FileLogOptions } from '../file-log-options.interface.js';
import type { ReportIncident } from '../incident.interface.js';
import { openAppendFile } from '../io/append-file.js';
import { syncFolder } from '../io/write-atomically.js';
import type { EncodedBatch } from '../line/encode-batch.js';
import type { LogPaths } from '../log-paths.js';
import { closedBounds } from './file-stamp.js';
import type { LogSnapshot, ResumePoint } from './head-file.js';
import { LogRecovery } from './log-recovery.js';
import type { RecoveredLog } from './log-recovery.js';
import type { OpenLog } from './log-source.interface.js';
import type { LogState } from './log-state.js';
import { closeSegment, noteInManifest } from './rotation.js';
import type { ClosedSegment } from './segment-files.js';
import { digestOf } from './segment-files.js';
import { SegmentReader } from './segment-reader.js';
import { SegmentWriter } from './segment-writer.js';
import { putTornTailAside } from './torn-tail.js';

const DEFAULT_SYNC_INTERVAL_MS = 1000;

export interface HeldLogParts {
  readonly paths: LogPaths;
  readonly options: FileLogOptions;
  readonly report: ReportIncident;
  readonly now: () => number;
}

/** The files of a log while this process holds them: recovered, repaired, open for appending. */
export class HeldLog implements OpenLog {
  private constructor(
    private readonly parts: HeldLogParts,
    readonly state: LogState,
    readonly segments: SegmentReader[],
    private file: SegmentWriter,
    private resume: ResumePoint,
    /** Records that the file should have and has not. */
    private missing: number,
  ) {}

  /** @param known the last state that is known; null to read the whole log */
  static async open(parts: HeldLogParts, known: LogSnapshot | null): Promise<HeldLog> {
    const { paths, report, now } = parts;
    const found = await new LogRecovery(paths, report, () => dayOf(now())).recover(known);
    if (found.broken) throw brokenLog(paths);
    await repair(parts, found);
    const { state, resume, closed, missing } = found;
    const file = await openWriter(parts, resume.offset);
    const active = new SegmentReader(resume.first, paths.active, file.bounds);
    const log = new HeldLog(parts, state, [...closed.map(closedReader), active], file, resume, missing);
    if (missing > 0) await log.rotate();
    return log;
  }

  get writer(): SegmentWriter {
    return this.file;
  }

  snapshot(): LogSnapshot {
    return this.state.snapshot(this.resume);
  }

  /** @throws {FileChangedError} the log has to be opened again */
  async append(batch: AppendBatch, { bytes, offsets }: EncodedBatch): Promise<void> {
    const starts = [...offsets, bytes.length].map((offset) => this.file.end + offset);
    const [end, lastLine = this.resume.lastLine] = starts.slice(-2).reverse();
    await this.file.append(bytes, () => {
      this.state.accept(batch);
      this.segments[this.segments.length - 1].accept(batch.before.size, starts);
      const lastLeaf = batch.rows.at(-1)?.leafHash ?? this.resume.lastLeaf;
      this.resume = { ...this.resume, offset: end, lastLine, lastLeaf };
    });
  }

  /** Whether another file is to be begun. */
  isFull(): boolean {
    const { rotateBytes = Infinity, rotateEvery } = this.parts.options;
    const today = dayOf(this.parts.now());
    if (this.resume.offset === 0) this.resume = { ...this.resume, day: today };
    return this.resume.offset >= rotateBytes || (rotateEvery === 'day' && today > this.resume.day);
  }

  /** Closes the file and begins another. If it fails, the log has to be opened again. */
  async rotate(): Promise<void> {
    const { paths, now } = this.parts;
    const { head } = this.state;
    const { first } = this.resume;
    const active = this.segments[this.segments.length - 1];
    await this.file.sync();
    await this.file.close();
    const records = head.size - first - this.missing;
    await closeSegment(paths, { first, records, at: head }, now(), (path) => active.moveTo(path, closedBounds(path)));
    this.file = await openWriter(this.parts, 0);
    await syncFolder(paths.folder);
    this.missing = 0;
    this.resume = { first: head.size, day: dayOf(now()), offset: 0, lastLine: null, lastLeaf: null };
    this.segments.push(new SegmentReader(head.size, paths.active, this.file.bounds));
  }
}

export function closedReader({ first, path, entry }: ClosedSegment): SegmentReader {
  return new SegmentReader(first, path, closedBounds(path), entry?.bytes ?? null);
}

/** Makes up for what a killed process did not finish. */
async function repair({ paths, report, now }: HeldLogParts, found: RecoveredLog): Promise<void> {
  const { unlisted, resume, bytes } = found;
  if (unlisted) {
    const { segment, records, at } = unlisted;
    await noteInManifest(paths, { first: segment.first, records, at }, await digestOf(segment.path), now());
  }
  if (bytes > resume.offset) report(await putTornTailAside(paths, resume.first, resume.offset));
}

async function openWriter({ paths, options, report }: HeldLogParts, size: number): Promise<SegmentWriter> {
  const { fsync = 'batch', fsyncIntervalMs = DEFAULT_SYNC_INTERVAL_MS, openFile = openAppendFile } = options;
  return SegmentWriter.open(paths.active, size, { openFile, policy: { fsync, fsyncIntervalMs }, report });
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}

function brokenLog(paths: LogPaths): StoreError {
  return new StoreError(
    `Files of the audit log ${paths.active} are gone of which nothing is known, neither from the manifest nor from the ` +
      'head file, so its hash tree cannot be continued. Nothing is appended, or the gap would be hidden. Put the files ' +
      'back from a backup, or move all files of this log away as evidence and begin a new one.',
    { reason: 'schema' },
  );
}
