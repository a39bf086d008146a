import type { SealableEvent } from '../../event/sealable-event.js';
import type { Gap, GapCounter } from './gap-counter.js';

export interface GapReportsParts {
  /** Makes the event that records a loss. */
  readonly gapEvent: (gap: Gap) => SealableEvent;
  /** Pause after a gap event that the store refused, in milliseconds. */
  readonly pauseMs: number;
  /** Told when the pause is over. */
  readonly onDue: () => void;
}

/**
 * Gap events on their way into the log. A store that refuses one refuses the next, too: its loss is told again after a
 * pause, with what was lost meanwhile.
 */
export class GapReports {
  private readonly onTheWay = new Map<string, Gap>();
  private pause: NodeJS.Timeout | null = null;

  constructor(
    private readonly gaps: GapCounter,
    private readonly parts: GapReportsParts,
  ) {}

  /** Whether there are losses to be told now. */
  get due(): boolean {
    return this.gaps.hasOpen && this.pause === null;
  }

  /** The events that tell of them. */
  take(): SealableEvent[] {
    return this.gaps.take().map((gap) => {
      const event = this.parts.gapEvent(gap);
      this.onTheWay.set(event.id, gap);
      return event;
    });
  }

  /** These events are in the log. */
  settle(events: readonly SealableEvent[]): void {
    if (this.onTheWay.size > 0) for (const { id } of events) this.onTheWay.delete(id);
  }

  /**
   * The store refuses the event.
   * @returns whether it is a gap event, so that its loss is told later
   */
  putBack({ id }: SealableEvent): boolean {
    const gap = this.onTheWay.get(id);
    if (!gap) return false;
    this.onTheWay.delete(id);
    this.gaps.reopen(gap);
    this.pause ??= setTimeout(() => {
      this.pause = null;
      this.parts.onDue();
    }, this.parts.pauseMs).unref();
    return true;
  }

  stop(): void {
    if (this.pause) clearTimeout(this.pause);
  }
}
