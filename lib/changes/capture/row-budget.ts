/** How many rows of one statement, those of its cascades included, are recorded one by one. */
export class RowBudget {
  private used = 0;

  constructor(private readonly limit: number) {}

  /** Rows that may still be read; one more tells that there are too many. */
  get probe(): number {
    return this.limit - this.used + 1;
  }

  /** @returns whether so many rows fit; if not, nothing is taken */
  take(rows: number): boolean {
    if (this.used + rows > this.limit) return false;
    this.used += rows;
    return true;
  }
}
