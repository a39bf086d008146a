import type { StoredLine } from '../../ledger/ledger-store.port.js';
import type { DeliveryLog } from './delivery-log.js';
import { nextTurn } from './next-turn.js';

/**
 * Reads the rows of the next batch while the one before is on its way. Keeps the rows of these two and no more, and none
 * while nothing is sent.
 */
export class ReadAhead {
  /** Rows in order, without a hole that the log does not have. */
  private rows: StoredLine[] = [];
  /** What the rows cover: [from, until). */
  private from = 0;
  private until = 0;
  /** The last read found fewer rows than it asked for. */
  private isAtEnd = false;
  private reading: Promise<void> | null = null;

  constructor(
    private readonly log: Pick<DeliveryLog, 'readLines'>,
    private readonly sections: boolean,
  ) {}

  /** Rows from the index on, at most `limit`. Fewer may come although there are more, none only at the log's end. */
  async read(from: number, limit: number): Promise<readonly StoredLine[]> {
    await this.reading;
    this.moveTo(from);
    if (this.rows.length === 0 || (this.rows.length < limit && !this.isAtEnd)) await this.fetch(limit);
    return this.rows.length > limit ? this.rows.slice(0, limit) : this.rows;
  }

  /** Begins to read what follows, unless it is there or there was none a moment ago. */
  begin(from: number, limit: number): void {
    const known = this.rows.reduce((count, { logIndex }) => (logIndex >= from ? count + 1 : count), 0);
    if (this.isAtEnd || known >= limit || from > this.until) return;
    const rows = this.rows;
    this.reading = nextTurn()
      .then(() => (rows === this.rows ? this.fetch(rows.length - known + limit) : undefined))
      .catch(() => undefined) // whoever needs the rows reads them again, and sees the error
      .finally(() => (this.reading = null));
  }

  /** Whether rows from the index on are there, once what is being read has come. */
  async has(from: number): Promise<boolean> {
    await this.reading;
    return this.from <= from && from < this.until && this.rows.length > 0;
  }

  /** Lets go of all rows. */
  drop(): void {
    this.rows = [];
    this.from = this.until = 0;
    this.isAtEnd = false;
  }

  private moveTo(from: number): void {
    if (from < this.from || from >= this.until) {
      this.drop();
      this.from = this.until = from;
      return;
    }
    const first = this.rows.findIndex(({ logIndex }) => logIndex >= from);
    if (first > 0) this.rows = this.rows.slice(first);
    this.from = from;
  }

  /** Adds rows until there are so many. */
  private async fetch(count: number): Promise<void> {
    const { rows } = this;
    const wanted = count - rows.length;
    const found = await this.log.readLines(this.until, wanted, this.sections);
    if (rows !== this.rows) return;
    this.isAtEnd = found.length < wanted;
    this.rows = rows.length === 0 ? found : [...rows, ...found];
    if (found.length > 0) this.until = found[found.length - 1].logIndex + 1;
  }
}
