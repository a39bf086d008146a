import { SECTION_NAMES } from '../../event/audit-event.interface.js';
import type { LedgerStore, StoredEvent } from '../../ledger/ledger-store.port.js';
import type { DeliveryClock } from '../delivery-clock.js';
import type { DeliveryStore } from '../delivery-store.port.js';
import type { DeliveryLog } from '../dispatch/delivery-log.js';
import type { SinkBinding } from '../dispatch/sink-binding.js';
import { SINK_TEST_ACTION } from '../routing/compile-route.js';

/** Where events are kept in mode `remote`, their content only until the remote has it. */
export type SpoolStore = Required<Pick<LedgerStore, 'discardBelow'>>;

export interface RemoteSpoolParts {
  readonly log: Pick<DeliveryLog, 'readHead' | 'readRange'>;
  readonly store: DeliveryStore;
  readonly spool: SpoolStore;
  readonly clock: DeliveryClock;
  /** Shortest time between two looks, in milliseconds. */
  readonly everyMs: number;
  /** An event that no remote has holds everything behind it. Told once for each. */
  readonly onStuck: (event: StoredEvent) => void;
  readonly onFailure: (error: unknown) => void;
}

/** Events whose receipts are looked at together. */
const PAGE = 500;

/**
 * In mode `remote` the remote is the record, and the local log only a spool. This finds out what the remote has, and
 * lets go of its content. An event that was refused, kept back or not tried yet, by whatever sink, holds everything
 * behind it.
 */
export class RemoteSpool {
  private running: Promise<number> | null = null;
  private isWanted = false;
  private cancelTimer: (() => void) | null = null;
  private isStopped = false;
  private stuckAt = -1;
  private readonly keepSections: boolean;

  /**
   * @param records sinks that get every event over the network: one of them must have acknowledged what goes
   * @param all every sink that works: what one of them may still want stays
   */
  constructor(
    private readonly records: readonly SinkBinding[],
    private readonly all: readonly SinkBinding[],
    private readonly parts: RemoteSpoolParts,
  ) {
    // Sections that are sent nowhere would be lost with the record that commits to them.
    this.keepSections = !SECTION_NAMES.every((name) => records.some(({ sections }) => sections.includes(name)));
  }

  /** Something was acknowledged. Costs next to nothing; the work is done a moment later. */
  notify(): void {
    if (this.isStopped) return;
    this.cancelTimer ??= this.parts.clock.schedule(this.parts.everyMs, () => {
      this.cancelTimer = null;
      this.discard().catch(this.parts.onFailure);
    });
  }

  /** Lets go of what was acknowledged since the last time. @returns of how many events */
  discard(): Promise<number> {
    this.isWanted = true;
    this.running ??= this.runWhileWanted().finally(() => (this.running = null));
    return this.running;
  }

  /** Does it once more, for what was acknowledged last, and never again. */
  async stop(): Promise<void> {
    if (this.isStopped) return;
    this.isStopped = true;
    this.cancelTimer?.();
    await this.running?.catch(() => undefined);
    await this.discard().catch(this.parts.onFailure);
  }

  /** No sink wants anything below any more. */
  async decidedBelow(): Promise<number> {
    const bounds = await Promise.all(this.all.map(({ name }) => this.boundOf(name)));
    return bounds.length === 0 ? 0 : Math.min(...bounds);
  }

  /** What is acknowledged while this runs would otherwise stay until something else is. */
  private async runWhileWanted(): Promise<number> {
    let removed = 0;
    while (this.isWanted) {
      this.isWanted = false;
      removed += await this.run();
    }
    return removed;
  }

  private async run(): Promise<number> {
    const { log, spool } = this.parts;
    const { size, discardedBelow = 0 } = await log.readHead();
    const end = Math.min(await this.decidedBelow(), size - 1);
    let discarded = 0;
    for (let from = discardedBelow; from < end;) {
      const rows = await log.readRange(from, Math.min(PAGE, end - from));
      const stuck = await this.firstUnacknowledged(rows);
      const until = stuck ? stuck.logIndex : rows.length > 0 ? rows[rows.length - 1].logIndex + 1 : from;
      if (until > from) discarded += await spool.discardBelow(until, { keepSections: this.keepSections });
      if (stuck) this.reportStuck(stuck);
      if (stuck || until === from) break;
      from = until;
    }
    return discarded;
  }

  private async firstUnacknowledged(rows: readonly StoredEvent[]): Promise<StoredEvent | undefined> {
    const { store } = this.parts;
    const ids = rows.map(({ eventId }) => eventId);
    const known = new Set<string>();
    for (const { name } of this.records) {
      for (const { eventId, status } of await store.readReceipts(name, ids))
        if (status === 'delivered') known.add(eventId);
    }
    // A test event goes to the one sink that it tests.
    const tests = rows.filter(({ action }) => action === SINK_TEST_ACTION).map(({ eventId }) => eventId);
    for (const id of tests.length > 0 ? await store.findAcknowledged(tests) : []) known.add(id);
    return rows.find(({ eventId }) => !known.has(eventId));
  }

  private reportStuck(event: StoredEvent): void {
    if (this.stuckAt === event.logIndex) return;
    this.stuckAt = event.logIndex;
    this.parts.onStuck(event);
  }

  private async boundOf(sink: string): Promise<number> {
    const { store } = this.parts;
    const cursor = await store.readCursor(sink);
    const [failed] = await store.findReceipts({ sink, status: 'failed', limit: 1 });
    const [pending] = await store.findReceipts({ sink, status: 'pending', limit: 1 });
    return Math.min(cursor?.nextIndex ?? 0, failed?.logIndex ?? Infinity, pending?.logIndex ?? Infinity);
  }
}
