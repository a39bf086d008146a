import { idTime } from '../index/id-time.js';
import type { DeliveryLine } from './delivery-line.js';

/** A part of the journal, and what is known of the delivered receipts in it. */
export interface ReceiptZone {
  readonly from: number;
  to: number;
  /** Smallest and largest `logIndex`. */
  lowest: number;
  highest: number;
  /** Times of the event ids, in milliseconds. */
  earliest: number;
  latest: number;
  /** Whether there are ids without a time. */
  timeless: boolean;
  /** Delivered events by sink; an event that arrived twice is counted once. */
  counts: Record<string, number>;
}

const FIRST_BYTES = 256 * 1024;
const MAX_ZONES = 1024;

/** Says where in the journal a delivered receipt can be. The parts double when there are too many of them. */
export class ReceiptZones {
  constructor(
    readonly zones: ReceiptZone[] = [],
    private zoneBytes = FIRST_BYTES,
  ) {}

  static of({ zones, zoneBytes }: { zones: ReceiptZone[]; zoneBytes: number }): ReceiptZones {
    return new ReceiptZones(
      zones.map((zone) => ({ ...zone, counts: Object.assign(none(), zone.counts) })),
      zoneBytes,
    );
  }

  state(): { zones: readonly ReceiptZone[]; zoneBytes: number } {
    return { zones: this.zones, zoneBytes: this.zoneBytes };
  }

  add(line: DeliveryLine | null, from: number, to: number): void {
    const zone = this.zoneFor(from);
    zone.to = to;
    if (line?.do === 'commit') {
      const again = new Set(line.again);
      for (const { status, sink, eventId, logIndex } of line.receipts) {
        if (status === 'delivered') this.note(zone, eventId, logIndex, sink, again.has(eventId) ? 0 : 1);
      }
    }
  }

  private note(zone: ReceiptZone, eventId: string, logIndex: number, sink: string, count: number): void {
    const time = idTime(eventId);
    zone.lowest = Math.min(zone.lowest, logIndex);
    zone.highest = Math.max(zone.highest, logIndex);
    if (time === null) zone.timeless = true;
    else {
      zone.earliest = Math.min(zone.earliest, time);
      zone.latest = Math.max(zone.latest, time);
    }
    zone.counts[sink] = (zone.counts[sink] ?? 0) + count;
  }

  private zoneFor(from: number): ReceiptZone {
    const last = this.zones.at(-1);
    if (last && last.to - last.from < this.zoneBytes) return last;
    if (this.zones.length === MAX_ZONES) this.mergePairs();
    const zone = {
      from,
      to: from,
      lowest: FAR,
      highest: -1,
      earliest: FAR,
      latest: -1,
      timeless: false,
      counts: none(),
    };
    this.zones.push(zone);
    return zone;
  }

  private mergePairs(): void {
    this.zoneBytes *= 2;
    for (let i = 0; 2 * i < this.zones.length; i++) {
      const [left, right] = this.zones.slice(2 * i, 2 * i + 2);
      this.zones[i] = right ? merge(left, right) : left;
    }
    this.zones.length = Math.ceil(this.zones.length / 2);
  }
}

/** Beyond every position and every time, and still a number in JSON. */
const FAR = Number.MAX_SAFE_INTEGER;

/** Sinks may have any name. */
function none(): Record<string, number> {
  return Object.create(null) as Record<string, number>;
}

function merge(left: ReceiptZone, right: ReceiptZone): ReceiptZone {
  const counts = Object.assign(none(), left.counts);
  for (const [sink, count] of Object.entries(right.counts)) counts[sink] = (counts[sink] ?? 0) + count;
  return {
    from: left.from,
    to: right.to,
    lowest: Math.min(left.lowest, right.lowest),
    highest: Math.max(left.highest, right.highest),
    earliest: Math.min(left.earliest, right.earliest),
    latest: Math.max(left.latest, right.latest),
    timeless: left.timeless || right.timeless,
    counts,
  };
}
