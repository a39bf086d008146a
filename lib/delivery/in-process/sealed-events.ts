import { Observable, Subject } from 'rxjs';
import type { SectionName } from '../../event/audit-event.interface.js';
import type { DeliveryClock } from '../delivery-clock.js';
import { isDiscarded } from '../../ledger/discarded-event.js';
import { DeliveryItem } from '../delivery-item.js';
import type { DeliveryLog } from '../dispatch/delivery-log.js';

const EVENTS_PER_READ = 200;

/**
 * Sealed events as an observable: from the moment of subscribing on, in order, of all processes that write the log.
 * Nothing is remembered for who does not listen; a sink is for that. While nobody subscribes it costs nothing.
 */
export class SealedEvents {
  /** What a subscriber throws is RxJS's business: it becomes an unhandled error. */
  readonly events$: Observable<DeliveryItem>;
  private readonly subject = new Subject<DeliveryItem>();
  private subscribers = 0;
  private next: number | null = null;
  private isWanted = false;
  private reading: Promise<void> | null = null;
  private cancelTimer: (() => void) | null = null;
  private isStopped = false;

  /** @param sections which erasable sections the subscribers may see */
  constructor(
    private readonly log: DeliveryLog,
    private readonly clock: DeliveryClock,
    private readonly pollMs: number,
    private readonly sections: readonly SectionName[] = [],
    private readonly onError: (error: unknown) => void = () => undefined,
  ) {
    this.events$ = new Observable((subscriber) => {
      const inner = this.subject.subscribe(subscriber);
      if (++this.subscribers === 1) this.notify();
      return () => {
        inner.unsubscribe();
        if (--this.subscribers === 0) this.rest();
      };
    });
  }

  /** There may be new events. */
  notify(): void {
    if (this.subscribers === 0 || this.isStopped) return;
    this.isWanted = true;
    this.reading ??= this.read().finally(() => {
      this.reading = null;
      if (this.isWanted) this.notify();
      else this.setTimer();
    });
  }

  async whenIdle(): Promise<void> {
    while (this.reading !== null) await this.reading;
  }

  /** Ends the observable. */
  async stop(): Promise<void> {
    this.isStopped = true;
    this.rest();
    await this.whenIdle();
    this.subject.complete();
  }

  private async read(): Promise<void> {
    while (this.isWanted && !this.isStopped) {
      this.isWanted = false;
      try {
        this.next ??= (await this.log.readHead()).size;
        await this.drain();
      } catch (error) {
        this.onError(error);
      }
    }
  }

  private async drain(): Promise<void> {
    for (;;) {
      if (this.next === null || this.isStopped) return;
      const rows = await this.log.readLines(this.next, EVENTS_PER_READ, this.sections.length > 0);
      for (const row of rows) {
        if (this.next === null) return;
        this.next = row.logIndex + 1;
        if (!isDiscarded(row)) this.subject.next(new DeliveryItem(row, this.sections));
      }
      if (rows.length < EVENTS_PER_READ) return;
    }
  }

  private rest(): void {
    this.next = null;
    this.isWanted = false;
    this.cancelTimer?.();
    this.cancelTimer = null;
  }

  private setTimer(): void {
    this.cancelTimer?.();
    if (this.subscribers === 0 || this.isStopped) return;
    this.cancelTimer = this.clock.schedule(this.pollMs, () => this.notify());
  }
}
