import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import type {
  CheckpointRange,
  CheckpointStore,
  StoredCheckpoint,
} from '../../../verification/checkpoints/checkpoint-store.port.js';
import { scanLines } from '../io/line-scanner.js';
import { toStoreError } from '../io/to-store-error.js';
import { Turns } from '../io/turns.js';
import { FILE_MODE, syncFolder, writeAtomically } from '../io/write-atomically.js';
import type { WriteAccess } from '../write-access.js';
import { stampOf } from '../log/file-stamp.js';
import { openForReading } from '../log/segment-files.js';
import { CheckpointCatalog } from './checkpoint-catalog.js';
import { formatCheckpoint, formatStamp, parseCheckpoint, STAMP_OFFSET } from './checkpoint-line.js';

/**
 * Checkpoints as lines of a file, in the order of their sizes. A line is added and forced to the disk; later the time of
 * anchoring is filled into it, in place. Memory is taken for checkpoints that are not anchored yet, not for the others.
 */
export class FileCheckpointStore implements CheckpointStore {
  private readonly turns = new Turns();
  private catalog = new CheckpointCatalog();
  private stamp = '';

  constructor(
    private readonly path: string,
    private readonly access: WriteAccess,
    private readonly nameHead: (origin: string) => Promise<void>,
  ) {}

  insert(checkpoint: StoredCheckpoint): Promise<boolean> {
    return this.inTurn(async (catalog) => {
      this.access.assertWritable();
      if (catalog.latest && catalog.latest.size >= checkpoint.size) return this.insertBetween(checkpoint);
      const { end } = catalog;
      const line = formatCheckpoint(checkpoint);
      await this.write(async (file) => {
        // A line that a crash has cut off.
        await file.truncate(end);
        await file.write(line, end);
      });
      catalog.add(checkpoint, end, end + Buffer.byteLength(line));
      return true;
    });
  }

  read(size: number): Promise<StoredCheckpoint | null> {
    return this.inTurn(() => this.readOne(size));
  }

  latest(): Promise<StoredCheckpoint | null> {
    return this.inTurn(async ({ latest }) => latest);
  }

  latestAnchored(): Promise<StoredCheckpoint | null> {
    return this.inTurn(async ({ latestAnchored }) => latestAnchored);
  }

  list({ from = 0, to = Infinity, direction, limit }: CheckpointRange): Promise<StoredCheckpoint[]> {
    return this.inTurn(async () =>
      direction === 'descending' ? this.listBack(from, to, limit) : this.listOn(from, to, limit),
    );
  }

  listUnanchored(limit: number): Promise<StoredCheckpoint[]> {
    return this.inTurn(async (catalog) => {
      const found: StoredCheckpoint[] = [];
      for (const size of catalog.unanchored(limit)) found.push(...(await this.listOn(size, size, 1)));
      return found;
    });
  }

  markAnchored(size: number, at: string): Promise<void> {
    return this.inTurn(async (catalog) => {
      const offset = catalog.offsetOf(size);
      const found = offset === undefined ? null : await this.readOne(size);
      if (offset === undefined || !found) return;
      const stamp = formatStamp(at);
      await this.write((file) => file.write(stamp, offset + STAMP_OFFSET));
      catalog.anchored({ ...found, anchoredAt: at });
    });
  }

  nameLog(origin: string): Promise<void> {
    return this.nameHead(origin);
  }

  private async readOne(size: number): Promise<StoredCheckpoint | null> {
    return (await this.listOn(size, size, 1))[0] ?? null;
  }

  private async listOn(from: number, to: number, limit: number): Promise<StoredCheckpoint[]> {
    const found: StoredCheckpoint[] = [];
    if (limit <= 0) return found;
    await this.scan(this.catalog.pointBefore(from).offset, (checkpoint) => {
      if (checkpoint.size > to) return false;
      if (checkpoint.size >= from) found.push(checkpoint);
      return found.length < limit;
    });
    return found;
  }

  private async listBack(from: number, to: number, limit: number): Promise<StoredCheckpoint[]> {
    const found: StoredCheckpoint[] = [];
    let below = Math.min(to, this.catalog.latest?.size ?? 0) + 1;
    while (below > from && found.length < limit) {
      const { key, offset } = this.catalog.pointBefore(below - 1);
      const part: StoredCheckpoint[] = [];
      await this.scan(offset, (checkpoint) => {
        if (checkpoint.size >= below) return false;
        if (checkpoint.size >= from) part.push(checkpoint);
        return true;
      });
      found.push(...part.reverse());
      below = key;
    }
    return found.slice(0, limit);
  }

  /** One that is smaller than the largest: never by a publisher alone, but nothing forbids it. */
  private async insertBetween(checkpoint: StoredCheckpoint): Promise<boolean> {
    const all = await this.listOn(0, Infinity, Infinity);
    if (all.some(({ size }) => size === checkpoint.size)) return false;
    const sorted = [...all, checkpoint].sort((a, b) => a.size - b.size);
    try {
      await writeAtomically(this.path, sorted.map(formatCheckpoint).join(''));
    } catch (error) {
      throw toStoreError(error, this.path, 'written');
    }
    return true;
  }

  private async scan(from: number, visit: (checkpoint: StoredCheckpoint) => boolean): Promise<void> {
    const file = await openForReading(this.path);
    try {
      if (!file) return;
      await scanLines(file, from, this.catalog.end, (line) => {
        const checkpoint = parseCheckpoint(line);
        return checkpoint ? visit(checkpoint) : true;
      });
    } finally {
      await file?.close();
    }
  }

  /** Lets one call after the other work with the file as it is now. */
  private inTurn<T>(work: (catalog: CheckpointCatalog) => Promise<T>): Promise<T> {
    return this.turns.take(async () => {
      if (this.stamp !== this.stampNow()) await this.load();
      return work(this.catalog);
    });
  }

  private async load(): Promise<void> {
    const catalog = new CheckpointCatalog();
    const stamp = this.stampNow();
    const file = await openForReading(this.path);
    try {
      if (file) {
        await scanLines(file, 0, (await file.stat()).size, (line, offset, end) =>
          catalog.add(parseCheckpoint(line), offset, end),
        );
      }
    } finally {
      await file?.close();
    }
    this.catalog = catalog;
    this.stamp = stamp;
  }

  private async write(work: (file: FileHandle) => Promise<unknown>): Promise<void> {
    this.access.assertWritable();
    const isNew = this.stamp === '';
    try {
      const file = await open(this.path, constants.O_RDWR | constants.O_CREAT, FILE_MODE);
      try {
        await work(file);
        await file.datasync();
      } finally {
        await file.close();
      }
      if (isNew) await syncFolder(dirname(this.path));
    } catch (error) {
      this.stamp = 'unknown';
      throw toStoreError(error, this.path, 'written');
    }
    this.stamp = this.stampNow();
  }

  private stampNow(): string {
    const stamp = stampOf(this.path);
    return stamp ? `${stamp.inode} ${stamp.bytes} ${stamp.times}` : '';
  }
}
