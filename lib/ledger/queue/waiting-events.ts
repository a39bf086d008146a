import type { SealableEvent } from '../../event/sealable-event.js';

/** Events that wait to be sealed, in order, and how much room they take. */
export class WaitingEvents {
  private events: SealableEvent[] = [];
  private bytes = 0;

  constructor(private readonly bounds: { readonly maxEvents: number; readonly maxBytes: number }) {}

  get length(): number {
    return this.events.length;
  }

  get isFull(): boolean {
    return this.events.length >= this.bounds.maxEvents || this.bytes >= this.bounds.maxBytes;
  }

  push(event: SealableEvent): void {
    this.events.push(event);
    this.bytes += sizeOf(event);
  }

  /** Takes out the first ones. */
  take(count: number): SealableEvent[] {
    const taken = this.events.splice(0, count);
    for (const event of taken) this.bytes -= sizeOf(event);
    return taken;
  }

  /** Puts events back in front of the others. */
  putBack(events: readonly SealableEvent[]): void {
    this.events = [...events, ...this.events];
    for (const event of events) this.bytes += sizeOf(event);
  }

  /** @returns whether it was there */
  remove(event: SealableEvent): boolean {
    const index = this.events.indexOf(event);
    if (index < 0) return false;
    this.events.splice(index, 1);
    this.bytes -= sizeOf(event);
    return true;
  }
}

function sizeOf({ parts, sections }: SealableEvent): number {
  let size = parts[0].length + parts[1].length + parts[2].length + parts[3].length;
  for (const { json } of sections) size += json.length;
  return size;
}
