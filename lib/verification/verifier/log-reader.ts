import type { StoredEvent } from '../../ledger/ledger-store.port.js';
import { StoreError } from '../../ledger/store.error.js';

/** A row that the database holds and that cannot be read as one, such as text where a number belongs. */
export interface UnreadableRow {
  readonly logIndex: number;
  readonly error: unknown;
}

export interface Page {
  readonly rows: readonly StoredEvent[];
  readonly unreadable: readonly UnreadableRow[];
}

export interface LogReaderOptions {
  /** Rows with `from <= logIndex`, in order, at most `limit`. */
  readonly read: (from: number, limit: number) => Promise<readonly StoredEvent[]>;
  /** `logIndex` of the first row at or behind `from`, which is known to exist. */
  readonly locate: (from: number) => Promise<number>;
  readonly maxRows: number;
}

const FIRST_PAGE = 64;
/** Texts of one page at most, in characters, as far as the pages before tell. */
const PAGE_CHARACTERS = 4_000_000;

/**
 * Reads the log in pages that are neither slow nor large: as many rows as the ones before allow. The next page is on its
 * way while one is being checked.
 */
export class LogReader {
  private ahead: { readonly from: number; readonly limit: number; readonly page: Promise<Page> } | null = null;
  private size: number;

  constructor(private readonly options: LogReaderOptions) {
    this.size = Math.min(FIRST_PAGE, options.maxRows);
  }

  /**
   * The rows with `from <= logIndex < to`, page by page.
   *
   * @throws what the store throws, unless it is about a single row
   */
  async *pages(from: number, to: number): AsyncGenerator<Page, void, undefined> {
    let next = from;
    while (next < to) {
      const limit = Math.min(this.size, to - next);
      const page = await this.load(next, limit);
      const end = endOf(page);
      this.adapt(page.rows, limit);
      const last = countOf(page) < limit || end >= to;
      if (!last) this.prefetch(end, Math.min(this.size, to - end));
      yield end <= to ? page : within(page, to);
      if (last) return;
      next = end;
    }
  }

  /** Lets a page that was asked for and is not wanted any more come to its end. */
  async drop(): Promise<void> {
    const { ahead } = this;
    this.ahead = null;
    await ahead?.page.catch(() => undefined);
  }

  private load(from: number, limit: number): Promise<Page> {
    const { ahead } = this;
    this.ahead = null;
    return ahead?.from === from && ahead.limit === limit ? ahead.page : this.readPage(from, limit);
  }

  private prefetch(from: number, limit: number): void {
    const page = this.readPage(from, limit);
    // Whoever asks for the page gets the error; perhaps nobody asks.
    page.catch(() => undefined);
    this.ahead = { from, limit, page };
  }

  /** Halves a page that cannot be read until the row that is to blame stands alone. */
  private async readPage(from: number, limit: number): Promise<Page> {
    try {
      return { rows: await this.options.read(from, limit), unreadable: [] };
    } catch (error) {
      if (!isAboutRow(error)) throw error;
      if (limit === 1) return { rows: [], unreadable: [{ logIndex: await this.options.locate(from), error }] };
      const page = await this.readHalves(from, limit);
      // Behind the last row of the left half and in front of where the right one begins: a position with a fraction.
      return page.unreadable.length > 0 ? page : { ...page, unreadable: [{ logIndex: page.middle, error }] };
    }
  }

  private async readHalves(from: number, limit: number): Promise<Page & { readonly middle: number }> {
    const half = Math.ceil(limit / 2);
    const left = await this.readPage(from, half);
    const middle = Math.max(endOf(left) - 1, from);
    if (countOf(left) < half) return { ...left, middle };
    const right = await this.readPage(endOf(left), limit - half);
    return { rows: [...left.rows, ...right.rows], unreadable: [...left.unreadable, ...right.unreadable], middle };
  }

  private adapt(rows: readonly StoredEvent[], limit: number): void {
    if (rows.length === 0) return;
    let characters = 0;
    for (const { record, sections } of rows) characters += (record?.length ?? 0) + (sections?.length ?? 0);
    const fitting = Math.floor((PAGE_CHARACTERS * rows.length) / Math.max(characters, 1));
    this.size = Math.max(1, Math.min(fitting, limit * 2, this.options.maxRows));
  }
}

/** The store itself works; a value in a row is not what its column holds. */
export function isAboutRow(error: unknown): boolean {
  return error instanceof RangeError || (error instanceof StoreError && error.reason === 'refused');
}

function countOf({ rows, unreadable }: Page): number {
  return rows.length + unreadable.length;
}

/** Behind the last row of the page. */
export function endOf({ rows, unreadable }: Page): number {
  return Math.max(rows.at(-1)?.logIndex ?? -1, unreadable.at(-1)?.logIndex ?? -1) + 1;
}

function within({ rows, unreadable }: Page, to: number): Page {
  return {
    rows: rows.filter(({ logIndex }) => logIndex < to),
    unreadable: unreadable.filter(({ logIndex }) => logIndex < to),
  };
}
