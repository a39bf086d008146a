import { idTime } from './id-time.js';

/** A part of a file, and which ids may be in it. */
export interface Zone {
  /** Position in the log of its first line. */
  readonly index: number;
  readonly from: number;
  readonly to: number;
}

interface TimedZone {
  index: number;
  from: number;
  to: number;
  earliest: number;
  latest: number;
  timeless: boolean;
}

const FIRST_BYTES = 256 * 1024;
const MAX_ZONES = 2048;

/**
 * For each part of a file the earliest and latest time of its event ids, so that an id is looked for in a few parts
 * only. The parts double when there are too many of them.
 */
export class IdZones {
  private zones: TimedZone[] = [];
  private zoneBytes = FIRST_BYTES;

  /** Behind the last line that was added. */
  end = 0;
  /** Number of lines that were added. */
  lines = 0;

  constructor(private readonly firstIndex: number) {}

  /** The next line of the file. @param id null when it has none */
  add(id: string | null, offset: number, end: number): void {
    let zone = this.zones.at(-1);
    if (!zone || zone.to - zone.from >= this.zoneBytes) {
      if (this.zones.length === MAX_ZONES) this.mergePairs();
      zone = { index: this.firstIndex + this.lines, from: offset, to: end, ...EMPTY };
      this.zones.push(zone);
    }
    const time = id === null ? null : idTime(id);
    if (time !== null) {
      zone.earliest = Math.min(zone.earliest, time);
      zone.latest = Math.max(zone.latest, time);
    } else if (id !== null) zone.timeless = true;
    zone.to = end;
    this.end = end;
    this.lines++;
  }

  /** The parts that may hold one of the ids, in order. */
  candidates(ids: Iterable<string>): Zone[] {
    const times = [...ids].map(idTime);
    return this.zones.filter(({ earliest, latest, timeless }) =>
      times.some((time) => (time === null ? timeless : time >= earliest && time <= latest)),
    );
  }

  private mergePairs(): void {
    this.zoneBytes *= 2;
    const merged: TimedZone[] = [];
    for (let i = 0; i < this.zones.length; i += 2) {
      const [left, right = left] = this.zones.slice(i, i + 2);
      merged.push({
        index: left.index,
        from: left.from,
        to: right.to,
        earliest: Math.min(left.earliest, right.earliest),
        latest: Math.max(left.latest, right.latest),
        timeless: left.timeless || right.timeless,
      });
    }
    this.zones = merged;
  }
}

const EMPTY = { earliest: Infinity, latest: -Infinity, timeless: false };
