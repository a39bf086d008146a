import type { FileHandle } from 'node:fs/promises';
import type { IndexPoint } from '../index/sparse-index.js';
import { scanLines } from '../io/line-scanner.js';
import { wrapSystemError } from '../io/to-store-error.js';
import type { SegmentBounds } from './segment-bounds.interface.js';
import { openForReading } from './segment-files.js';
import { SegmentMemory } from './segment-memory.js';

/** @returns false to stop behind this line */
export type RecordVisitor = (line: Buffer, logIndex: number) => boolean | void;

/** Another file stands where this one was: the list of files has to be read again. */
export class SegmentMoved extends Error {
  override readonly name = 'SegmentMoved';
}

/**
 * Reads one file of the log by position, which is its place in the file. What it gives comes from the file; only where
 * lines begin is remembered, and that is forgotten as soon as somebody else has written to the file.
 */
export class SegmentReader {
  private memory: SegmentMemory;
  private version = '';

  /**
   * @param first position of the file's first line
   * @param expectedBytes what the manifest says; null when it says nothing
   */
  constructor(
    readonly first: number,
    private path: string,
    private bounds: SegmentBounds,
    private readonly expectedBytes: number | null = null,
  ) {
    this.memory = new SegmentMemory(first);
    this.version = bounds().version;
  }

  /** The file has another name now; what was remembered of it still holds. */
  moveTo(path: string, bounds: SegmentBounds): void {
    this.path = path;
    this.bounds = bounds;
    this.version = bounds().version;
  }

  /** This process has appended lines to the file. @param offsets where they begin, and where the last one ends */
  accept(logIndex: number, offsets: readonly number[]): void {
    for (let i = 0; i + 1 < offsets.length; i++) this.memory.note(logIndex + i, offsets[i], offsets[i + 1]);
    this.version = this.bounds().version;
  }

  /** Reads that are under way keep what they have. */
  forget(): void {
    this.memory = new SegmentMemory(this.first);
  }

  /** Whether the file may hold more lines than it did when it was closed. */
  mayOverflow(): boolean {
    return this.expectedBytes !== null && this.bounds().end !== this.expectedBytes;
  }

  /** Visits the lines from a position on, in order. */
  async walk(from: number, visit: RecordVisitor): Promise<void> {
    await this.read((file, end, { index }) =>
      scan(file, index.floor(from), end, (line, logIndex) => (logIndex < from ? true : visit(line, logIndex))),
    );
  }

  /**
   * Visits the lines in front of a position, part by part from the end; the lines of a part in order.
   *
   * @param part called behind the lines of each part; returns false to stop there
   */
  async walkBack(before: number, visit: RecordVisitor, part: () => boolean): Promise<void> {
    await this.read(async (file, end, { index }) => {
      for (let below = before, goesOn = true; goesOn && below > this.first;) {
        const point = index.floor(below - 1);
        await scan(file, point, end, (line, logIndex) => {
          if (logIndex >= below) return false;
          visit(line, logIndex);
          return true;
        });
        goesOn = part();
        below = point.key;
      }
    });
  }

  /** Visits lines among which those with the given event ids are, if the file has them. */
  async search(ids: ReadonlySet<string>, visit: RecordVisitor): Promise<void> {
    await this.read(async (file, end, memory) => {
      await memory.sort(file, end);
      let goesOn = true;
      for (const { index, from, to } of memory.zones.candidates(ids)) {
        await scan(file, { key: index, offset: from }, Math.min(to, end), (line, logIndex) => {
          goesOn = visit(line, logIndex) !== false;
          return goesOn;
        });
        if (!goesOn) return;
      }
    });
  }

  private async read(work: (file: FileHandle, end: number, memory: SegmentMemory) => Promise<unknown>): Promise<void> {
    const { path } = this;
    const { end, inode, version } = this.bounds();
    if (version !== this.version) this.forget();
    this.version = version;
    if (inode === null) return;
    const { memory } = this;
    const file = await openForReading(path);
    try {
      if (!file || this.path !== path || (await file.stat()).ino !== inode) throw new SegmentMoved();
      await memory.count(file, end);
      await work(file, end, memory);
    } catch (error) {
      throw wrapSystemError(error, path, 'read');
    } finally {
      await file?.close();
    }
  }
}

async function scan(file: FileHandle, from: IndexPoint, end: number, visit: RecordVisitor): Promise<void> {
  let logIndex = from.key;
  await scanLines(file, from.offset, end, (line) => visit(line, logIndex++));
}
