import type { FileHandle } from 'node:fs/promises';
import { IdZones } from '../index/id-zones.js';
import { SparseIndex } from '../index/sparse-index.js';
import { scanLines } from '../io/line-scanner.js';
import { Turns } from '../io/turns.js';
import { parseLogLine } from '../line/log-line.js';

/** What is remembered of a file of the log: where lines begin, and which ids are where. Never what is in them. */
export class SegmentMemory {
  readonly index: SparseIndex;
  readonly zones: IdZones;
  private readonly turns = new Turns();
  private lines = 0;
  private counted = 0;

  /** @param first position of the file's first line */
  constructor(private readonly first: number) {
    this.index = new SparseIndex({ key: first, offset: 0 });
    this.zones = new IdZones(first);
  }

  /**
   * A line that was appended. It is only taken for the line with that position if all lines before it were counted, since
   * what the head says of their number need not be so.
   */
  note(logIndex: number, offset: number, end: number): void {
    if (this.counted !== offset || this.first + this.lines !== logIndex) return;
    this.index.add(logIndex, offset);
    this.lines++;
    this.counted = end;
  }

  /** Counts the lines up to a byte, as fast as the file can be read. */
  async count(file: FileHandle, end: number): Promise<void> {
    if (this.counted >= end) return;
    await this.turns.take(() =>
      scanLines(file, this.counted, end, (_line, offset, behind) => this.note(this.first + this.lines, offset, behind)),
    );
  }

  /** Finds out which ids are where, up to a byte. */
  async sort(file: FileHandle, end: number): Promise<void> {
    if (this.zones.end >= end) return;
    await this.turns.take(() =>
      scanLines(file, this.zones.end, end, (line, offset, behind) =>
        this.zones.add(parseLogLine(line)?.value.id ?? null, offset, behind),
      ),
    );
  }
}
