export type GapReason = 'queue_overflow' | 'unstorable' | 'shutdown_deadline' | 'spool_torn' | 'spool_failed';

/** Events that were accepted and will not be sealed: how many, why, and between when. */
export interface Gap {
  readonly reason: GapReason;
  readonly count: number;
  /** RFC 3339, UTC, microseconds. */
  readonly from: string;
  readonly to: string;
}

/** Counts losses until they can be written into the log. */
export class GapCounter {
  private readonly open = new Map<GapReason, { count: number; from: string; to: string }>();
  private counted = 0;

  /** All losses since the start, written or not. */
  get total(): number {
    return this.counted;
  }

  get hasOpen(): boolean {
    return this.open.size > 0;
  }

  note(reason: GapReason, at: string, count = 1): void {
    this.counted += count;
    this.reopen({ reason, count, from: at, to: at });
  }

  /** Losses that are counted already, and could not be written. */
  reopen({ reason, count, from, to }: Gap): void {
    const gap = this.open.get(reason);
    if (!gap) this.open.set(reason, { count, from, to });
    else {
      gap.count += count;
      if (from < gap.from) gap.from = from;
      if (to > gap.to) gap.to = to;
    }
  }

  /** The losses not yet written; they count as written from now on. */
  take(): Gap[] {
    const gaps = [...this.open].map(([reason, gap]) => ({ reason, ...gap }));
    this.open.clear();
    return gaps;
  }
}
