import type { LogHead } from '../../ledger/ledger-store.port.js';
import type { Finding } from './finding.interface.js';
import type { CheckedRow } from './row-checker.js';

/** Tells which of some events a destination has acknowledged. */
export type FindAcknowledged = (eventIds: readonly string[]) => Promise<ReadonlySet<string>>;

export interface DiscardedRowsOptions {
  /** @default receipts are not asked for */
  readonly acknowledged?: FindAcknowledged;
  readonly readHead: () => Promise<LogHead | null>;
  readonly report: (finding: Finding) => void;
}

/** Whether content that is gone may be gone: the head says so, and a destination acknowledged the event. */
export class DiscardedRows {
  count = 0;
  private mark = 0;
  private pending: CheckedRow[] = [];
  private hidden = false;

  constructor(private readonly options: DiscardedRowsOptions) {}

  /** The head as it was before the rows were read. */
  begin(head: LogHead | null): void {
    this.mark = head?.discardedBelow ?? 0;
  }

  take(row: CheckedRow): void {
    if (row.discarded) {
      this.count++;
      this.pending.push(row);
    } else if (row.index < this.mark && !this.hidden) {
      this.hidden = true;
      this.options.report(notDiscarded(row, this.mark));
    }
  }

  /** After a page: others may have discarded more since the head was read, so it is asked again. */
  async settle(): Promise<void> {
    if (this.pending.length === 0) return;
    const rows = this.pending.splice(0);
    if (rows.some(({ index }) => index >= this.mark)) {
      this.mark = Math.max(this.mark, (await this.options.readHead())?.discardedBelow ?? 0);
    }
    const known = await this.options.acknowledged?.(rows.map(({ eventId }) => eventId));
    for (const row of rows) {
      if (row.index >= this.mark) {
        this.options.report(gone(row, `the head says that only those before ${this.mark} were discarded`));
      } else if (known && !known.has(row.eventId)) {
        this.options.report(gone(row, 'no destination has acknowledged it'));
      }
    }
  }
}

/** Contents that are gone where the application lets go of none, or not of so many. */
export function unexpectedDiscard(head: LogHead | null, expected: number): Finding[] {
  const mark = head?.discardedBelow ?? 0;
  if (mark <= expected) return [];
  return [
    {
      class: 'discarded',
      reason: 'discarded',
      index: expected,
      ...(mark - expected === 1 ? {} : { until: mark }),
      eventId: null,
      column: 'audit_head.discarded_below',
      expected: String(expected),
      found: String(mark),
      message:
        `The content of the records ${expected} to ${mark - 1} was discarded, which only delivery mode "remote" does. Their ` +
        'hashes are there and fit; compare the records at the destination with them. If the mode was "remote" until ' +
        `lately, say so with delivery.discardedBelow: ${mark} (or --discarded-below ${mark}). If not, somebody removed them.`,
    },
  ];
}

function gone({ index, eventId, stream }: CheckedRow, why: string): Finding {
  return {
    class: 'missing',
    reason: 'missing',
    index,
    eventId,
    stream,
    column: 'record',
    expected: null,
    found: null,
    message: `The content of record ${index} is gone, and ${why}. Only its hashes are left.`,
  };
}

function notDiscarded({ index, eventId }: CheckedRow, mark: number): Finding {
  return {
    class: 'projection_drift',
    reason: 'projection_drift',
    index,
    eventId,
    column: 'audit_head.discarded_below',
    expected: `${index} at most`,
    found: String(mark),
    message:
      `The head says that the content of all records before ${mark} was discarded, which hides them from queries; record ` +
      `${index} has its content.`,
  };
}
