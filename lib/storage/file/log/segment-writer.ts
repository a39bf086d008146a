import type { ReportIncident } from '../incident.interface.js';
import type { AppendFile, OpenAppendFile } from '../io/append-file.js';
import { toStoreError } from '../io/to-store-error.js';
import { FileChangedError } from './file-changed.error.js';
import { readableOf, stampOf } from './file-stamp.js';
import type { FileStamp } from './file-stamp.js';
import type { ReadableBytes } from './segment-bounds.interface.js';

export interface SyncPolicy {
  readonly fsync: 'batch' | 'interval' | 'never';
  readonly fsyncIntervalMs: number;
}

/**
 * Appends to the file of the log, whole batches or nothing: what a failed write left behind is cut off before anything
 * else is written, and nobody reads it.
 */
export class SegmentWriter {
  /** Set while bytes may stand in the file that do not count. */
  private writing = false;
  private torn = false;
  private closed = false;
  private synced: number;
  private syncFailed = false;
  private timer: NodeJS.Timeout | null = null;
  private syncing: Promise<void> | null = null;
  private stamp: FileStamp;

  private constructor(
    readonly path: string,
    private readonly file: AppendFile,
    private size: number,
    private readonly policy: SyncPolicy,
    private readonly report: ReportIncident,
  ) {
    this.synced = size;
    this.stamp = stampOf(path) as FileStamp;
  }

  /** @param size bytes of the file; it must not have more */
  static async open(
    path: string,
    size: number,
    options: { readonly openFile: OpenAppendFile; readonly policy: SyncPolicy; readonly report: ReportIncident },
  ): Promise<SegmentWriter> {
    try {
      const file = await options.openFile(path);
      return new SegmentWriter(path, file, size, options.policy, options.report);
    } catch (error) {
      throw toStoreError(error, path, 'opened for writing');
    }
  }

  /** Behind the last batch. */
  get end(): number {
    return this.size;
  }

  /** What may be read now: all that is there, but for a batch that is being written. */
  readonly bounds = (): ReadableBytes => {
    if (!this.writing && !this.torn) return readableOf(stampOf(this.path));
    return { ...readableOf(this.stamp), end: this.size };
  };

  /** Whether the file is the one that this process left, at the length at which it left it. */
  isUntouched(): boolean {
    const stamp = stampOf(this.path);
    return stamp?.inode === this.stamp.inode && (stamp.bytes === this.size || (this.torn && stamp.bytes > this.size));
  }

  /**
   * @param written called at the moment from which on the bytes count
   * @throws {FileChangedError} somebody else wrote to the file or put another one in its place; whether the bytes are in
   *   the file that stands there now is unclear
   * @throws {StoreError} nothing was written
   */
  async append(bytes: Uint8Array, written: () => void): Promise<void> {
    await this.mend();
    this.assertSize(this.size);
    this.writing = true;
    try {
      await this.write(bytes);
      if (this.policy.fsync === 'batch') await this.file.sync();
      this.assertSize(this.size + bytes.length);
    } catch (error) {
      if (error instanceof FileChangedError) throw error;
      this.torn = true;
      await this.mend().catch(() => undefined);
      throw toStoreError(error, this.path, 'written');
    } finally {
      this.writing = false;
    }
    this.size += bytes.length;
    this.stamp = stampOf(this.path) ?? this.stamp;
    written();
    if (this.policy.fsync === 'batch') this.synced = this.size;
    if (this.policy.fsync === 'interval') this.scheduleSync();
  }

  /**
   * Forces everything to the disk.
   *
   * Once that failed it fails for good: the system may have dropped what it could not write, and says so only once.
   */
  async sync(): Promise<void> {
    await this.syncing;
    if (!this.syncFailed && this.synced === this.size) return;
    const size = this.size;
    try {
      if (this.syncFailed) throw new Error('An earlier attempt has failed; what was lost then is not known.');
      await this.file.sync();
      this.synced = Math.max(this.synced, size);
    } catch (error) {
      this.syncFailed = true;
      throw toStoreError(error, this.path, 'forced to the disk');
    }
  }

  /** Closes the file, without forcing anything to the disk. A second call does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
    await this.syncing;
    await this.mend().catch(() => undefined);
    await this.file.close();
  }

  private async write(bytes: Uint8Array): Promise<void> {
    // The system takes a batch in one piece unless it is about to fail, and then says why only to a second call.
    for (let rest = bytes; rest.length > 0;) rest = rest.subarray(await this.file.write(rest));
  }

  /** Cuts off what a failed write left. */
  private async mend(): Promise<void> {
    if (!this.torn) return;
    const stamp = stampOf(this.path);
    // A file that was replaced is not ours to cut.
    if (stamp?.inode === this.stamp.inode && stamp.bytes > this.size) {
      try {
        await this.file.truncate(this.size);
      } catch (error) {
        throw toStoreError(error, this.path, 'cut back to the last whole batch');
      }
    }
    this.torn = false;
    this.stamp = stampOf(this.path) ?? this.stamp;
  }

  private assertSize(size: number): void {
    const stamp = stampOf(this.path);
    if (stamp?.inode !== this.stamp.inode || stamp.bytes !== size) throw new FileChangedError(this.path);
  }

  private scheduleSync(): void {
    this.timer ??= setTimeout(() => {
      this.timer = null;
      this.syncing = this.sync()
        .catch((cause: unknown) => this.reportSync(cause))
        .finally(() => (this.syncing = null));
    }, this.policy.fsyncIntervalMs).unref();
  }

  private reportSync(cause: unknown): void {
    this.report({
      kind: 'sync_failed',
      file: this.path,
      cause,
      message:
        `The disk did not confirm what was written to ${this.path}: ${(cause as Error).message} Events that were ` +
        'acknowledged since the last confirmation may be lost in a power failure. Check the disk.',
    });
  }
}
