import type { AppendBatch, LogState as SealingState } from '../../../ledger/ledger-store.port.js';
import { StoreError } from '../../../ledger/store.error.js';
import type { FileLogOptions } from '../file-log-options.interface.js';
import type { ReportIncident } from '../incident.interface.js';
import { wrapSystemError } from '../io/to-store-error.js';
import { Turns } from '../io/turns.js';
import { encodeBatch } from '../line/encode-batch.js';
import { LogLock } from '../lock/log-lock.js';
import type { LogPaths } from '../log-paths.js';
import { FileChangedError } from './file-changed.error.js';
import { FileLogReader } from './file-log-reader.js';
import type { FileLog } from './file-log.interface.js';
import { HeadFile } from './head-file.js';
import type { LogSnapshot } from './head-file.js';
import { HeadSaver } from './head-saver.js';
import { HeldLog } from './held-log.js';
import type { OpenLog } from './log-source.interface.js';
import { duplicate } from './log-state.js';

const DEFAULT_LOCK_WAIT_MS = 5000;
/** A file that could not be closed is tried again after so long. */
const ROTATION_RETRY_MS = 60_000;
/** How soon the head file follows the log, in milliseconds and bytes. A log that is not synced is not hurried. */
const SOON = { afterMs: 1000, afterBytes: 8_000_000 };
const LATE = { afterMs: Infinity, afterBytes: 64_000_000 };

/** The log, for the one process that writes to it. */
export class OwnedLog implements FileLog {
  private readonly turns = new Turns();
  private readonly lock: LogLock;
  private readonly headFile: HeadFile;
  private readonly saver: HeadSaver;
  private readonly reader = new FileLogReader(this);
  private readonly now: () => number;
  private held: HeldLog | null = null;
  /** Set when the file may not be what it was left as. */
  private doubtful = false;
  private noRotationBefore = 0;

  constructor(
    private readonly paths: LogPaths,
    private readonly options: FileLogOptions,
    private readonly report: ReportIncident,
  ) {
    this.now = options.now ?? Date.now;
    this.headFile = new HeadFile(paths.head);
    this.saver = new HeadSaver(this.turns, () => this.saveHead(), options.fsync === 'never' ? LATE : SOON);
    this.lock = new LogLock(paths.lock, paths.active, { onTakeOver: (dead) => this.reportTakeOver(dead) });
  }

  open(): Promise<void> {
    return this.inTurn(async () => {
      if (this.held) return;
      await this.lock.acquire(this.options.lockWaitMs ?? DEFAULT_LOCK_WAIT_MS);
      try {
        const known = await this.headFile.read();
        this.held = await this.hold(typeof known === 'string' ? null : known, this.report);
        if (known === 'unreadable' || (known === 'missing' && this.held.state.size > 0)) this.reportLostHead(known);
        await this.saver.saveNow();
      } catch (error) {
        await this.lock.release();
        throw error;
      }
    });
  }

  close(): Promise<void> {
    return this.turns.take(async () => {
      const { held } = this;
      if (!held) return;
      await this.saver.saveNow();
      this.held = null;
      await held.writer.close();
      await this.lock.release();
    });
  }

  async current(): Promise<OpenLog> {
    return this.opened();
  }

  append(batch: AppendBatch): Promise<boolean> {
    return this.inTurn(async () => {
      const log = await this.ready();
      return isSealedOn(batch, log) && this.apply(batch, log);
    });
  }

  appendLocked(names: readonly string[], seal: (state: SealingState) => AppendBatch | null): Promise<void> {
    return this.inTurn(async () => {
      const log = await this.ready();
      const { head, streams } = log.state;
      const batch = seal({ head, streams: new Map([...streams].filter(([name]) => names.includes(name))) });
      if (!batch) return;
      if (!isSealedOn(batch, log)) throw foreignBatch(batch, head.size);
      await this.apply(batch, log);
    });
  }

  nameLog(origin: string): Promise<void> {
    return this.inTurn(async () => {
      const { state } = await this.ready();
      if (state.head.origin === origin) return;
      state.name(origin);
      await this.saver.saveNow();
    });
  }

  private async apply(batch: AppendBatch, log: HeldLog): Promise<true> {
    await this.assertNew(batch, log);
    const encoded = encodeBatch(batch.rows);
    const target = await this.rotateIfDue(log);
    try {
      await target.append(batch, encoded);
    } catch (error) {
      this.doubtful ||= error instanceof FileChangedError;
      throw error;
    }
    this.saver.grew(encoded.bytes.length);
    return true;
  }

  /** What the unique keys of a SQL table refuse. */
  private async assertNew(batch: AppendBatch, { state }: HeldLog): Promise<void> {
    const unclear: string[] = [];
    const ids = new Set<string>();
    for (const { eventId } of batch.rows) {
      const known = ids.has(eventId) || state.ids.has(eventId);
      if (known === true) throw duplicate(eventId);
      if (known === 'unclear') unclear.push(eventId);
      ids.add(eventId);
    }
    const [found] = unclear.length > 0 ? await this.reader.findSealed(unclear) : [];
    if (found) throw duplicate(found.eventId);
    state.assertSequences(batch);
  }

  /** The log as it can be appended to: held by this process, and what is in its file is known. */
  private async ready(): Promise<HeldLog> {
    const held = this.opened();
    if (!this.lock.isHeld()) {
      this.doubtful = true;
      await this.lock.acquire(0);
    }
    const untouched = held.writer.isUntouched();
    if (untouched && !this.doubtful) return held;
    if (!untouched) {
      const { active } = this.paths;
      this.report({ kind: 'file_changed', file: active, message: new FileChangedError(active).message });
    }
    return this.reopen(held);
  }

  private async reopen(held: HeldLog): Promise<HeldLog> {
    this.doubtful = true;
    await held.writer.close().catch(() => undefined);
    // That the file is another one has been said.
    const report: ReportIncident = (incident) => incident.kind === 'file_changed' || this.report(incident);
    this.held = await this.hold(held.snapshot(), report);
    this.doubtful = false;
    await this.saver.saveNow();
    return this.held;
  }

  private hold(known: LogSnapshot | null, report: ReportIncident): Promise<HeldLog> {
    const { paths, options, now } = this;
    return HeldLog.open({ paths, options, report, now }, known);
  }

  private async rotateIfDue(log: HeldLog): Promise<HeldLog> {
    if (this.now() < this.noRotationBefore || !log.isFull()) return log;
    try {
      await this.saver.saveNow();
      await log.rotate();
      await this.saver.saveNow();
      return log;
    } catch (error) {
      this.noRotationBefore = this.now() + ROTATION_RETRY_MS;
      this.reportRotation(error);
      return this.reopen(log);
    }
  }

  private async saveHead(): Promise<number> {
    if (!this.held) return 0;
    try {
      await this.held.writer.sync();
      return await this.headFile.write(this.held.snapshot());
    } catch (error) {
      this.reportHead(error);
      return 0;
    }
  }

  private opened(): HeldLog {
    if (this.held) return this.held;
    throw new StoreError(`The audit log ${this.paths.active} is not open.`, { reason: 'closed' });
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      try {
        return await work();
      } catch (error) {
        throw wrapSystemError(error, this.paths.active, 'opened or written, or one of the files beside it');
      }
    });
  }

  private reportTakeOver(dead: string): void {
    this.report({
      kind: 'lock_taken_over',
      file: this.paths.lock,
      message: `The process that wrote to ${this.paths.active} (${dead}) is dead; this one goes on.`,
    });
  }

  private reportLostHead(why: 'missing' | 'unreadable'): void {
    this.report({
      kind: 'head_lost',
      file: this.paths.head,
      message:
        `The head file ${this.paths.head} is ${why}, so the whole log was read. Records that were cut off at its end ` +
        'cannot be noticed by that: compare the log with an anchored checkpoint.',
    });
  }

  private reportHead(cause: unknown): void {
    this.report({
      kind: 'head_not_written',
      file: this.paths.head,
      cause,
      message: `The head file ${this.paths.head} could not be written: ${(cause as Error).message} It is tried again.`,
    });
  }

  private reportRotation(cause: unknown): void {
    this.report({
      kind: 'rotation_failed',
      file: this.paths.active,
      cause,
      message: `${this.paths.active} could not be closed: ${(cause as Error).message} It grows on, and it is tried again.`,
    });
  }
}

function isSealedOn({ before }: AppendBatch, { state: { head } }: HeldLog): boolean {
  return head.size === before.size && head.root === before.root;
}

function foreignBatch({ before }: AppendBatch, size: number): StoreError {
  return new StoreError(
    `A batch was sealed on size ${before.size} while the log, under its lock, has size ${size}. ` +
      'Nothing was written; seal on the state that is handed in.',
    { reason: 'unknown' },
  );
}
