import type { StoredLine } from '../../ledger/ledger-store.port.js';
import type { DeliveryContext, SinkMemory } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import type { DeliveryResult } from '../delivery-result.js';
import type { DeliveryReceipt, SinkCursor } from '../delivery-store.port.js';
import { BatchSize } from './batch-size.js';
import { callSink } from './call-sink.js';
import type { DispatchParts } from './dispatch-parts.js';
import { LogRootTracker } from './log-root-tracker.js';
import { OutcomeWriter } from './outcome-writer.js';
import type { Outcome } from './outcome-writer.js';
import { parkReceipts, takeParked } from './parked-events.js';
import { planBatch } from './planned-batch.js';
import type { PlannedBatch } from './planned-batch.js';
import { nextTurn } from './next-turn.js';
import { ReadAhead } from './read-ahead.js';
import { settle } from './settlement.js';
import type { Settlement } from './settlement.js';
import type { SinkBinding } from './sink-binding.js';
import { openCursor, readAhead } from './sink-cursor.js';
import type { SinkCounters } from './sink-counters.js';
import type { SinkReporter } from './sink-reporter.js';

/** What to do after a step: take the next one, wait until something happens, or wait until a time. */
export type Step = 'again' | 'idle' | { readonly waitUntil: number };

/** Moves one sink along the log, step by step. Knows nothing of timers, leases and shutdown. */
export class SinkWorker {
  private current: SinkCursor | null = null;
  /** Receipts at or beyond the cursor: events that overtook one that failed, and that one itself. */
  private ahead = new Map<string, DeliveryReceipt>();
  private readonly root: LogRootTracker;
  private readonly pages: ReadAhead;
  private readonly outcomes: OutcomeWriter;
  private readonly size: BatchSize;
  private lingerUntil: number | null = null;

  constructor(
    private readonly binding: SinkBinding,
    private readonly parts: DispatchParts,
    reporter: SinkReporter,
    onCommitted: (cursor: SinkCursor) => void,
  ) {
    this.root = new LogRootTracker(parts.log);
    this.size = new BatchSize(binding);
    this.pages = new ReadAhead(parts.log, binding.sections.length > 0);
    this.outcomes = new OutcomeWriter(parts.store, reporter, onCommitted);
  }

  get counters(): SinkCounters {
    return this.outcomes.counters;
  }

  /** The cursor as this process last saw it; null before the first {@link refresh}. */
  get cursor(): SinkCursor | null {
    return this.current;
  }

  /** Forgets what is known of the sink's state, because another process may have served it in between. */
  forget(): void {
    this.current = null;
    this.pages.drop();
  }

  /** Ends a row of steps: writes what was not written yet, and keeps no events in memory. */
  async rest(): Promise<void> {
    this.pages.drop();
    await this.outcomes.flush();
  }

  /** Reads where the sink stands: somebody else may have moved it, or cleared its waiting time. */
  async refresh(): Promise<SinkCursor> {
    this.pages.drop();
    const before = this.current?.nextIndex;
    this.current = await openCursor(this.binding, this.parts);
    if (before !== this.current.nextIndex) {
      this.ahead = await readAhead(this.parts.store, this.current);
      this.lingerUntil = null;
    }
    if (this.binding.sink.wantsLogRoot) await this.root.seek(this.current);
    return this.current;
  }

  /** @returns null if no parked event is due */
  async stepParked(stop: AbortSignal): Promise<Step | null> {
    const cursor = this.known();
    const now = this.parts.clock.now();
    if (isWaiting(cursor, now)) return null;
    const pass = await takeParked(this.binding, this.parts, cursor, now, this.parts.random);
    if (pass === null) return null;
    if (pass.unwanted.length > 0) await this.parts.store.removeReceipts(this.binding.name, pass.unwanted);
    const { results } = await this.call(pass.items, null, stop);
    const attempts = pass.known.get(pass.items[0]?.eventId)?.attempts ?? 0;
    const settlement = this.settle({ ...cursor, attempts }, pass.items, results, pass.known);
    // One late event that fails for now must not stop the others: only a refusal of us changes the sink's state.
    const isRefused = settlement.cursor.state === 'held' || cursor.state === 'held';
    const { deliveredAt, updatedAt } = settlement.cursor;
    const after = isRefused && pass.items.length > 0 ? settlement.cursor : { ...cursor, deliveredAt, updatedAt };
    const receipts = [...pass.receipts, ...settlement.receipts];
    await this.write(
      this.advance({ before: cursor, after, receipts, settlement, plan: { parked: [], missing: [], discarded: [] } }),
    );
    return pass.more && settlement.failure === null ? 'again' : 'idle';
  }

  /**
   * Delivers the next batch.
   * @param urgent don't wait for a batch to fill
   */
  async step(stop: AbortSignal, urgent: boolean): Promise<Step> {
    const cursor = this.known();
    const now = this.parts.clock.now();
    if (isWaiting(cursor, now)) return { waitUntil: cursor.nextAttemptAt as number };
    const waitUntil = urgent ? null : await this.lingering(cursor, now);
    if (waitUntil !== null) return { waitUntil };
    const rows = within(cursor, await this.pages.read(cursor.nextIndex, this.size.rows(cursor)));
    if (rows.length === 0) {
      this.lingerUntil = null;
      return 'idle';
    }
    const plan = planBatch(this.binding, cursor.nextIndex, rows, this.size.limits(cursor), this.ahead);
    this.size.note(plan.rows);
    return this.deliver(await this.freeze(cursor, plan), plan, stop);
  }

  /** Whether a hint of new events changes nothing before the next look by time. */
  isResting(now: number): boolean {
    const isFilling = this.lingerUntil !== null && now < this.lingerUntil;
    return isFilling || (this.current !== null && isWaiting(this.current, now));
  }

  /** @returns until when to wait for the batch to fill; null if there is nothing to wait for */
  private async lingering({ nextIndex, batchEnd }: SinkCursor, now: number): Promise<number | null> {
    const { lingerMs, maxBatch } = this.binding;
    if (lingerMs === 0 || batchEnd !== null) return null;
    const ready = (await this.parts.log.readHead()).size - nextIndex;
    if (ready <= 0) return null;
    this.lingerUntil ??= now + lingerMs;
    return now < this.lingerUntil && ready < maxBatch ? this.lingerUntil : null;
  }

  private async deliver(cursor: SinkCursor, plan: PlannedBatch, stop: AbortSignal): Promise<Step> {
    const { clock, random } = this.parts;
    const parked = parkReceipts(this.binding, plan.parked, this.ahead, clock.now(), random);
    const range = this.binding.sink.wantsLogRoot ? this.root.after(plan.rows, plan.until) : null;
    const logRoot = range && { size: range.size, root: range.root().toString('hex') };
    const answered = this.call(plan.items, logRoot, stop);
    this.pages.begin(plan.until, this.size.rows(cursor));
    const [{ results, memory }] = await both(
      answered,
      nextTurn().then(() => this.outcomes.flush()),
    );
    const settlement = this.settle(cursor, plan.items, results, this.ahead);
    const nextIndex = settlement.firstOpen?.logIndex ?? plan.until;
    const reached = nextIndex === plan.until ? range : this.root.after(plan.rows, nextIndex);
    const hasMoved = nextIndex > cursor.nextIndex;
    const after: SinkCursor = {
      ...settlement.cursor,
      nextIndex,
      batchEnd: settlement.firstOpen === undefined ? await this.nextBounds(nextIndex, settlement) : cursor.batchEnd,
      details: hasMoved ? this.details(cursor, memory, reached?.toHex()) : cursor.details,
    };
    const receipts = [...parked.filter(({ logIndex }) => logIndex < nextIndex), ...settlement.receipts];
    const { missing, discarded } = plan;
    const reported = { missing, discarded, parked: plan.parked.filter(({ logIndex }) => logIndex < nextIndex) };
    const outcome = this.advance({ before: cursor, after, receipts, settlement, plan: reported });
    if (hasMoved) this.root.moveTo(reached);
    if (await this.mayWriteLater(outcome, stop)) this.outcomes.keep(outcome);
    else await this.write(outcome);
    return 'again';
  }

  /**
   * While all goes well the next batch is sent first and the outcome of this one written meanwhile: after a crash both
   * are sent again. A batch that is one thing at the destination needs its bounds written before it is sent.
   */
  private async mayWriteLater({ after, settlement }: Outcome, stop: AbortSignal): Promise<boolean> {
    const { sink, lingerMs } = this.binding;
    const isPlain = sink.identity !== 'batch' && !sink.wantsLogRoot && lingerMs === 0;
    const isDone = settlement.failure === null && settlement.firstOpen === undefined && !stop.aborted;
    return isPlain && isDone && (await this.pages.has(after.nextIndex));
  }

  private async call(
    items: readonly DeliveryItem[],
    logRoot: DeliveryContext['logRoot'],
    stop: AbortSignal,
  ): Promise<{ results: readonly DeliveryResult[]; memory: SinkMemory | undefined }> {
    let memory: SinkMemory | undefined;
    if (items.length === 0) return { results: [], memory };
    const { attempts, details } = this.known();
    const context: DeliveryContext = {
      failures: attempts,
      logRoot,
      state: details?.memory ?? null,
      saveState: (state) => (memory = state),
    };
    const results = await callSink(this.binding, items, context, this.parts.clock, stop);
    return { results, memory };
  }

  private settle(
    cursor: SinkCursor,
    items: readonly DeliveryItem[],
    results: readonly DeliveryResult[],
    known: ReadonlyMap<string, DeliveryReceipt>,
  ): Settlement {
    const { clock, random } = this.parts;
    const settlement = settle({ cursor, items, results, known, policy: this.binding.retry, now: clock.now(), random });
    // Nothing was asked of the sink, so nothing was learnt about it.
    return items.length > 0 ? settlement : { ...settlement, cursor: { ...cursor, updatedAt: clock.now() } };
  }

  /** Goes on from the outcome, whether or not it is written yet. */
  private advance(outcome: Outcome): Outcome {
    const { after, receipts, settlement } = outcome;
    this.current = after;
    for (const [eventId, { logIndex }] of this.ahead) if (logIndex < after.nextIndex) this.ahead.delete(eventId);
    for (const receipt of receipts) if (receipt.logIndex >= after.nextIndex) this.ahead.set(receipt.eventId, receipt);
    if (settlement.failure !== null) this.pages.drop();
    return outcome;
  }

  private async write(outcome: Outcome): Promise<void> {
    const stored = await this.outcomes.write(outcome);
    if (stored > outcome.after.nextIndex) await this.refresh(); // another dispatcher got further
  }

  /** A batch that becomes one thing at the destination must have the same bounds on each try, so they are written down. */
  private async freeze(cursor: SinkCursor, plan: PlannedBatch): Promise<SinkCursor> {
    if (this.binding.sink.identity !== 'batch' || plan.items.length === 0 || cursor.batchEnd !== null) return cursor;
    const frozen = { ...cursor, batchEnd: plan.until, updatedAt: this.parts.clock.now() };
    await this.parts.store.commit(frozen, []);
    this.current = frozen;
    return frozen;
  }

  /** The bounds of the batch behind, if it is known already: they are written together with the outcome of this one. */
  private async nextBounds(nextIndex: number, { failure, cursor }: Settlement): Promise<number | null> {
    const { sink, lingerMs } = this.binding;
    if (sink.identity !== 'batch' || lingerMs > 0 || failure !== null || !(await this.pages.has(nextIndex)))
      return null;
    const rows = await this.pages.read(nextIndex, this.size.rows({ ...cursor, nextIndex, batchEnd: null }));
    const plan = planBatch(this.binding, nextIndex, rows, this.size.limits({ ...cursor, batchEnd: null }), this.ahead);
    return plan.items.length > 0 ? plan.until : null;
  }

  private details(
    cursor: SinkCursor,
    memory: SinkMemory | undefined,
    range: readonly string[] | undefined,
  ): SinkCursor['details'] {
    const kept = memory ?? cursor.details?.memory;
    if (kept === undefined && range === undefined) return null;
    return { ...(kept && { memory: kept }), ...(range && { range }) };
  }

  private known(): SinkCursor {
    if (this.current === null) throw new Error('The worker was not refreshed before its first step.');
    return this.current;
  }
}

function isWaiting({ nextAttemptAt }: SinkCursor, now: number): boolean {
  return nextAttemptAt !== null && now < nextAttemptAt;
}

/** Where rows are missing, a batch of fixed bounds must not reach beyond them. */
function within({ batchEnd }: SinkCursor, rows: readonly StoredLine[]): readonly StoredLine[] {
  return batchEnd === null ? rows : rows.filter(({ logIndex }) => logIndex < batchEnd);
}

/** Waits for both even if one fails, so that nothing goes on unseen. */
async function both<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([one, other]);
  return Promise.all([one, other]);
}
