import { idTime } from './id-time.js';

/** What outlives the process of {@link KnownIds}. */
export interface KnownIdsState {
  /** The latest time of any UUIDv7 in the log, in milliseconds; −1 when there is none. */
  readonly latest: number;
  /** Ids without a time; null when there are too many of them. */
  readonly timeless: readonly string[] | null;
}

const RECENT = 4096;
const MAX_TIMELESS = 10_000;

/**
 * Which event ids are in the log, as far as that can be told in bounded memory: the last few thousand exactly, and of
 * all others how late they are. An id that is later than all of these is new, which is the case of nearly every append.
 */
export class KnownIds {
  private young = new Set<string>();
  private old = new Set<string>();
  private latestYoung = -1;
  private latestOld = -1;
  /** The latest of those that are not remembered one by one. */
  private latestForgotten: number;
  private timeless: Set<string> | null;

  constructor({ latest, timeless }: KnownIdsState = { latest: -1, timeless: [] }) {
    this.latestForgotten = latest;
    this.timeless = timeless && new Set(timeless);
  }

  add(id: string): void {
    const time = idTime(id);
    if (time === null) {
      this.timeless?.add(id);
      if ((this.timeless?.size ?? 0) > MAX_TIMELESS) this.timeless = null;
      return;
    }
    this.young.add(id);
    this.latestYoung = Math.max(this.latestYoung, time);
    if (this.young.size < RECENT) return;
    this.latestForgotten = Math.max(this.latestForgotten, this.latestOld);
    [this.old, this.latestOld] = [this.young, this.latestYoung];
    [this.young, this.latestYoung] = [new Set(), -1];
  }

  /** Whether the id is in the log; `unclear` when only the file can tell. */
  has(id: string): boolean | 'unclear' {
    const time = idTime(id);
    if (time === null) return this.timeless ? this.timeless.has(id) : 'unclear';
    if (this.young.has(id) || this.old.has(id)) return true;
    return time > this.latestForgotten ? false : 'unclear';
  }

  state(): KnownIdsState {
    return {
      latest: Math.max(this.latestForgotten, this.latestOld, this.latestYoung),
      timeless: this.timeless && [...this.timeless],
    };
  }
}
