import { CHAIN_ALGORITHMS } from '../event/audit-record.interface.js';
import type { AuditRecord, ChainAlgorithm } from '../event/audit-record.interface.js';
import type { SealableEvent } from '../event/sealable-event.js';
import { isDiscarded } from './discarded-event.js';
import { LogAlgorithmError } from './ledger.errors.js';
import type { LedgerStore, LogHead, SealedPosition, StoredEvent, StreamHead } from './ledger-store.port.js';
import { CompactRange } from './merkle/index.js';
import type { SealReceipt } from './seal-receipt.interface.js';
import { commitEvent, sealBatch } from './sealing/batch-sealer.js';
import type { CommittedEvent, SealedBatch, SealOptions, SealState } from './sealing/batch-sealer.js';
import type { EventSigner } from './sealing/event-signer.interface.js';

/** Streams whose heads are remembered between appends; others are read again when they come up. */
const REMEMBERED_STREAMS = 10_000;
/** After losing the head to another writer, so many appends take the lock at once instead of trying first. */
const LOCKED_AFTER_LOSS = 16;

export interface LedgerOptions {
  /** Hash algorithm of a new log; an existing log keeps its own. @default 'sha256' */
  readonly algorithm?: ChainAlgorithm;
  readonly signer?: EventSigner;
}

/**
 * Appends events to the log. One append at a time; the head is remembered between them, so that a single writer needs
 * one statement a batch. Another writer's append shows as a lost compare-and-swap, never as a fork.
 */
export class Ledger {
  private state: { head: LogHead; range: CompactRange; streams: Map<string, StreamHead> } | null = null;
  private algorithm: ChainAlgorithm | null = null;
  private lockedTurns = 0;
  private turn: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly store: LedgerStore,
    private readonly options: LedgerOptions = {},
  ) {}

  /**
   * Seals the events in order, in one transaction.
   * @param replay look the event ids up first and seal only those that are not in the log: for events whose earlier
   *   append had an unclear end (a lost connection, a killed process)
   * @returns a receipt an event, in the order given
   * @throws what the store throws; nothing is known of the events then, so repeat with `replay`
   */
  append(events: readonly SealableEvent[], replay = false): Promise<SealReceipt[]> {
    const run = this.turn.then(() => this.appendInTurn(events, replay));
    this.turn = run.catch(() => undefined);
    return run;
  }

  private async appendInTurn(events: readonly SealableEvent[], replay: boolean): Promise<SealReceipt[]> {
    if (events.length === 0) return [];
    try {
      const known = replay ? await this.lookUp(events) : null;
      const fresh = known ? events.filter(({ id }) => !known.has(id)) : events;
      const receipts = fresh.length > 0 ? await this.appendFresh(fresh.map(commitEvent)) : [];
      if (!known || known.size === 0) return receipts;
      const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]));
      return events.map(({ id }) => byId.get(id) ?? (known.get(id) as SealReceipt));
    } catch (error) {
      this.state = null;
      throw error;
    }
  }

  private async appendFresh(events: readonly CommittedEvent[]): Promise<SealReceipt[]> {
    const names = [...new Set(events.map(({ event }) => event.stream))];
    if (this.lockedTurns === 0) {
      const state = await this.currentState(names);
      const range = state.range.clone();
      const sealed = await this.seal(events, { head: state.head, range, streams: state.streams });
      if (await this.store.append(sealed.batch)) return this.finish(sealed, range);
      this.lockedTurns = LOCKED_AFTER_LOSS;
      this.state = null;
    }
    this.lockedTurns--;

    const options = await this.sealOptions();
    let done: { sealed: SealedBatch; range: CompactRange } | undefined;
    await this.store.appendLocked(names, ({ head, streams }) => {
      const range = CompactRange.fromHex(head.size, head.compactRange);
      done = { sealed: sealBatch(events, { head, range, streams }, options), range };
      return done.sealed.batch;
    });
    if (!done) throw new Error('The store reported an append without asking for a batch.');
    this.state = null;
    return this.finish(done.sealed, done.range);
  }

  private async seal(events: readonly CommittedEvent[], state: SealState): Promise<SealedBatch> {
    return sealBatch(events, state, await this.sealOptions());
  }

  private finish({ batch, previousHashes }: SealedBatch, range: CompactRange): SealReceipt[] {
    const streams = this.state?.streams ?? new Map<string, StreamHead>();
    for (const head of batch.streams) streams.set(head.name, head);
    this.state = { head: batch.after, range, streams };
    return batch.rows.map(({ eventId, logIndex, stream, sequence, hash, occurredAt }, i) => ({
      id: eventId,
      logIndex,
      stream,
      sequence,
      hash,
      previousHash: previousHashes[i],
      occurredAt,
    }));
  }

  /** The remembered state, completed by what is not remembered yet. */
  private async currentState(names: readonly string[]): Promise<NonNullable<typeof this.state>> {
    if (!this.state) {
      const head = await this.store.readHead();
      this.state = { head, range: CompactRange.fromHex(head.size, head.compactRange), streams: new Map() };
    }
    const { streams } = this.state;
    const missing = names.filter((name) => !streams.has(name));
    if (missing.length > 0) {
      if (streams.size + missing.length > REMEMBERED_STREAMS) streams.clear();
      const wanted = names.filter((name) => !streams.has(name));
      // If somebody appended since the head was read, the compare-and-swap fails and nothing of this is used.
      for (const stream of await this.store.readStreams(wanted)) streams.set(stream.name, stream);
      for (const name of wanted) {
        if (!streams.has(name)) streams.set(name, { name, nextSequence: 0, lastHash: null });
      }
    }
    return this.state;
  }

  /** Asked again until the log has a first record: another process may have begun it with another algorithm. */
  private async sealOptions(): Promise<SealOptions> {
    const algorithm = this.algorithm ?? (await this.determineAlgorithm());
    return { algorithm, signer: this.options.signer };
  }

  private async determineAlgorithm(): Promise<ChainAlgorithm> {
    // A query skips what somebody has made unreadable; that is no reason to stop recording.
    const [first] = await this.store.findPage({ direction: 'ascending', limit: 1 });
    const wanted = this.options.algorithm;
    if (!first) return wanted ?? 'sha256';
    const { alg } = JSON.parse(first.record) as AuditRecord;
    if (!CHAIN_ALGORITHMS.includes(alg) || (wanted !== undefined && wanted !== alg)) {
      throw new LogAlgorithmError(alg, wanted);
    }
    this.algorithm = alg;
    return alg;
  }

  private async lookUp(events: readonly SealableEvent[]): Promise<Map<string, SealReceipt>> {
    const sealed = await this.store.findSealed(events.map(({ id }) => id));
    const receipts = await Promise.all(sealed.map((position) => this.receiptFor(position)));
    return new Map(receipts.map((receipt) => [receipt.id, receipt]));
  }

  private async receiptFor({
    eventId,
    logIndex,
    stream,
    sequence,
    hash,
    occurredAt,
  }: SealedPosition): Promise<SealReceipt> {
    const row = await this.store.findById(eventId);
    const previousHash = row && (await this.previousHashOf(row));
    return { id: eventId, logIndex, stream, sequence, hash, previousHash, occurredAt };
  }

  private async previousHashOf(row: StoredEvent): Promise<string | null> {
    if (!isDiscarded(row)) return (JSON.parse(row.record) as AuditRecord).previousHash;
    const { stream, logIndex: after } = row;
    const [previous] = await this.store.findPage({ stream, direction: 'descending', after, limit: 1, discarded: true });
    return previous?.hash ?? null;
  }
}
