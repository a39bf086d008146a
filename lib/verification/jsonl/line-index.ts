import type { FileHandle } from 'node:fs/promises';

/** Every so many lines the position in the file is kept. */
const LINES_PER_MARK = 128;
const CHUNK_BYTES = 1024 * 1024;
/** No line that was ever exported is as long: a record and all of its sections take less than one megabyte. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const LF = 0x0a;

/** A line of the file. */
export interface Line {
  /** Position among the lines, from 0. */
  readonly number: number;
  /** Without its line feed; null when it is too long to be one. */
  readonly bytes: Buffer | null;
}

/** Finds lines of a file by number, in memory that hardly grows with it. */
export class LineIndex {
  private readonly marks: number[] = [0];
  private lines = 0;

  private constructor(private readonly file: FileHandle) {}

  /** Number of lines. What follows the last line feed counts as one, unless it is empty. */
  get count(): number {
    return this.lines;
  }

  /**
   * Reads the file once.
   * @param onLine told of each line, in order
   */
  static async build(
    file: FileHandle,
    onLine: (line: Line, end: number) => void,
    signal?: AbortSignal,
  ): Promise<LineIndex> {
    const index = new LineIndex(file);
    for await (const { line, end } of index.walk(0, 0)) {
      signal?.throwIfAborted();
      onLine(line, end);
      index.lines++;
      if (index.lines % LINES_PER_MARK === 0) index.marks.push(end);
    }
    return index;
  }

  /** Lines from `first` on, at most `limit`. */
  async *read(first: number, limit: number): AsyncGenerator<Line, void, undefined> {
    const end = Math.min(first + limit, this.lines);
    if (first < 0 || first >= end) return;
    const mark = Math.floor(first / LINES_PER_MARK);
    for await (const { line } of this.walk(this.marks[mark], mark * LINES_PER_MARK)) {
      if (line.number >= first) yield line;
      if (line.number + 1 >= end) return;
    }
  }

  private async *walk(position: number, number: number): AsyncGenerator<{ line: Line; end: number }, void, undefined> {
    let offset = position;
    let rest: Buffer[] = [];
    let length = 0;
    const take = (last: Buffer): Line => {
      const bytes = length + last.length > MAX_LINE_BYTES ? null : Buffer.concat([...rest, last]);
      rest = [];
      length = 0;
      return { number: number++, bytes };
    };
    for (;;) {
      const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await this.file.read(chunk, 0, CHUNK_BYTES, offset);
      if (bytesRead === 0) break;
      let start = 0;
      for (let at = chunk.indexOf(LF); at >= 0 && at < bytesRead; at = chunk.indexOf(LF, start)) {
        yield { line: take(chunk.subarray(start, at)), end: offset + at + 1 };
        start = at + 1;
      }
      offset += bytesRead;
      length += bytesRead - start;
      // What is too long is counted, not kept.
      if (length <= MAX_LINE_BYTES && start < bytesRead) rest.push(chunk.subarray(start, bytesRead));
    }
    if (length > 0) {
      length = length > MAX_LINE_BYTES ? length : 0;
      yield { line: take(Buffer.alloc(0)), end: offset };
    }
  }
}
