import type { StoredEvent } from '../../ledger/ledger-store.port.js';
import { display } from './display.js';
import type { Finding } from './finding.interface.js';
import type { Page, UnreadableRow } from './log-reader.js';
import type { LogTree } from './log-tree.js';
import type { CheckedRow, RowChecker } from './row-checker.js';
import type { StreamChains } from './stream-chains.js';

export interface LogWalkOptions {
  /** `logIndex` of the first record. */
  readonly from: number;
  readonly rows: RowChecker;
  readonly chains: StreamChains;
  /** The Merkle tree in front of the first record; null when it is not known. It is extended. */
  readonly tree: LogTree | null;
  /** Whether every position must have a record; not so when only one stream is read. */
  readonly contiguous: boolean;
  readonly report: (finding: Finding) => void;
  /** Told of each record once it is part of streams and tree. */
  readonly onRow?: (row: CheckedRow) => void;
}

/** Goes over the rows of the log in order: positions without holes, every row right, chains and tree extended. */
export class LogWalk {
  /** The next position. */
  position: number;
  /** Rows seen. */
  checked = 0;
  lastHash: string | null = null;
  /** Time of the log's first record, once that was seen intact. */
  firstOccurredAt: string | null = null;
  private complete = true;

  constructor(private readonly options: LogWalkOptions) {
    this.position = options.from;
  }

  /** The tree of all records up to here; null when one of them is not known. */
  get tree(): LogTree | null {
    return this.complete ? this.options.tree : null;
  }

  async walk({ rows, unreadable }: Page): Promise<void> {
    let next = 0;
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i];
      while (next < unreadable.length && unreadable[next].logIndex < row.logIndex) this.skip(unreadable[next++]);
      this.step(row);
    }
    while (next < unreadable.length) this.skip(unreadable[next++]);
    await this.options.rows.settle();
  }

  /** Positions up to here have no record. */
  reportMissing(until: number, reason: 'missing' | 'truncated', message: string): void {
    const from = this.position;
    this.options.report({
      class: reason,
      reason,
      index: from,
      ...(until - from === 1 ? {} : { until }),
      eventId: null,
      expected: String(until),
      found: String(from),
      message,
    });
    this.options.chains.lose(until - from);
    this.complete = false;
    this.position = until;
  }

  private step(row: StoredEvent): void {
    if (!this.arrive(row.logIndex, row)) return;
    const { rows, chains, tree, onRow } = this.options;
    const checked = rows.check(row);
    chains.follow(checked);
    if (checked.leafHash === null) this.complete = false;
    else if (this.complete) tree?.append(Buffer.from(checked.leafHash, 'hex'));
    this.lastHash = checked.hash;
    if (row.logIndex === 0 && checked.intact) this.firstOccurredAt = checked.occurredAt;
    onRow?.(checked);
  }

  private skip({ logIndex, error }: UnreadableRow): void {
    if (!this.arrive(logIndex, null)) return;
    this.options.report({
      class: 'malformed',
      reason: 'malformed',
      index: logIndex,
      eventId: null,
      expected: null,
      found: null,
      message: `The row cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    });
    this.options.chains.lose(1);
    this.complete = false;
  }

  /** @returns false when the position has been passed already */
  private arrive(logIndex: number, row: StoredEvent | null): boolean {
    this.checked++;
    if (!this.options.contiguous) {
      this.position = logIndex + 1;
      return true;
    }
    if (logIndex < this.position) {
      this.options.report({
        class: 'inserted',
        reason: 'inserted',
        index: logIndex,
        eventId: display(row?.eventId),
        expected: String(this.position),
        found: String(logIndex),
        message: `A second record stands at position ${logIndex}.`,
      });
      return false;
    }
    if (logIndex > this.position) {
      const count = logIndex - this.position;
      this.reportMissing(
        logIndex,
        'missing',
        count === 1
          ? `Record ${this.position} is missing; the one behind it is there.`
          : `${count} records are missing, ${this.position} to ${logIndex - 1}; the one behind them is there.`,
      );
    }
    this.position = logIndex + 1;
    return true;
  }
}
