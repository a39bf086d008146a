import { StoreError } from '../../../ledger/store.error.js';
import type { FileIncident, ReportIncident } from '../incident.interface.js';
import { toStoreError } from '../io/to-store-error.js';
import { Turns } from '../io/turns.js';
import type { LogPaths } from '../log-paths.js';
import type { WriteAccess } from '../write-access.js';
import type { FileLog } from './file-log.interface.js';
import { stampOf } from './file-stamp.js';
import type { FileStamp } from './file-stamp.js';
import { HeadFile } from './head-file.js';
import type { LogSnapshot } from './head-file.js';
import { closedReader } from './held-log.js';
import { LogRecovery } from './log-recovery.js';
import type { RecoveredLog } from './log-recovery.js';
import type { OpenLog } from './log-source.interface.js';
import { SegmentReader } from './segment-reader.js';

/** While another process closes one file after the other, so many attempts are made to see them at rest. */
const MAX_ATTEMPTS = 50;

interface View extends OpenLog {
  readonly found: RecoveredLog;
  readonly stamp: FileStamp | null;
}

/**
 * The log, for a process that only reads it, such as the command line: without the lock, and with a look at the files
 * before each answer, since another process may write to them.
 */
export class FollowedLog implements FileLog {
  private readonly turns = new Turns();
  private readonly headFile: HeadFile;
  private view: View | null = null;

  constructor(
    private readonly paths: LogPaths,
    private readonly access: WriteAccess,
    private readonly report: ReportIncident,
  ) {
    this.headFile = new HeadFile(paths.head);
  }

  async open(): Promise<void> {
    await this.turns.take(async () => {
      if (this.view) return;
      const view = await this.look(null);
      if (view.found.inode === null && view.found.closed.length === 0) throw noLog(this.paths);
      this.view = view;
    });
  }

  async close(): Promise<void> {
    this.view = null;
  }

  current(): Promise<OpenLog> {
    return this.turns.take(async () => {
      if (!this.view) throw new StoreError(`The audit log ${this.paths.active} is not open.`, { reason: 'closed' });
      return (this.view = await this.follow(this.view));
    });
  }

  async append(): Promise<boolean> {
    this.access.assertWritable();
    return false;
  }

  async appendLocked(): Promise<void> {
    this.access.assertWritable();
  }

  async nameLog(): Promise<void> {
    this.access.assertWritable();
  }

  private async follow(view: View): Promise<View> {
    const stamp = stampOf(this.paths.active);
    if (stamp?.inode !== view.stamp?.inode) return this.look(null);
    if (stamp === null || (stamp.bytes === view.stamp?.bytes && stamp.times === view.stamp.times)) return view;
    if (stamp.bytes === view.stamp?.bytes) view.segments.at(-1)?.forget();
    return this.look(stamp.bytes < view.found.resume.offset ? null : view);
  }

  /** @param before what was seen last, if only the end of the log is new; null to begin with the head file */
  private async look(before: View | null): Promise<View> {
    for (let attempt = 0; ; attempt++) {
      const incidents: FileIncident[] = [];
      const stamp = stampOf(this.paths.active);
      const known = before && attempt === 0 ? before.found.state.snapshot(before.found.resume) : await this.readHead();
      const recovery = new LogRecovery(
        this.paths,
        (incident) => incidents.push(incident),
        () => '',
      );
      try {
        const found = await recovery.recover(known);
        if (stampOf(this.paths.active)?.inode !== stamp?.inode && attempt < MAX_ATTEMPTS) continue;
        incidents.forEach(this.report);
        return { found, stamp, state: found.state, segments: this.segmentsOf(found, before) };
      } catch (error) {
        throw toStoreError(error, this.paths.active, 'read');
      }
    }
  }

  private async readHead(): Promise<LogSnapshot | null> {
    const known = await this.headFile.read();
    return typeof known === 'string' ? null : known;
  }

  private segmentsOf(found: RecoveredLog, before: View | null): readonly SegmentReader[] {
    const { closed, inode, resume } = found;
    const end = resume.offset;
    const bounds = () => ({ end, inode, version: String(inode) });
    const last = before?.segments.at(-1);
    if (before && last && before.found.inode === inode && before.found.closed.length === closed.length) {
      last.moveTo(this.paths.active, bounds);
      return before.segments;
    }
    return [...closed.map(closedReader), new SegmentReader(resume.first, this.paths.active, bounds)];
  }
}

function noLog({ active }: LogPaths): StoreError {
  return new StoreError(
    `There is no audit log at ${active}. Give the path of the file that the application writes to (storage.path).`,
    { reason: 'schema' },
  );
}
