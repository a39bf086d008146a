import type { StreamHead } from '../../ledger/ledger-store.port.js';
import { display } from './display.js';
import type { Finding, FindingClass } from './finding.interface.js';
import type { CheckedRow } from './row-checker.js';

/** How far a stream has been followed. */
interface StreamState {
  next: number;
  /** Other sequence numbers that may follow, after a record that was out of place. */
  others: readonly number[];
  /** Hash of the last record; null before the first, undefined when it is not known what the next one must name. */
  hash: string | null | undefined;
  /** The hash in that record's column, if the record was changed: what the next one names in truth. */
  storedHash: string | null;
  index: number;
  /** Records that were known to be missing from the log when this stream was last seen. */
  lostBefore: number;
}

/** A jump in a stream's sequence that may yet turn out to be another order. */
interface Gap {
  readonly finding: Finding;
  readonly from: number;
  readonly until: number;
}

const MAX_OPEN_GAPS = 1000;

export interface StreamChainsOptions {
  /** Heads of the streams in front of the first record; undefined when they are not known. */
  readonly start: readonly StreamHead[] | undefined;
  readonly report: (finding: Finding) => void;
  /** Told when a finding that was reported turns out to be another. */
  readonly revise: (before: Finding, after: Finding) => void;
}

/**
 * Follows the hash chain of every stream: sequences without gap, each record naming the hash of the one before.
 *
 * One state a stream is kept, nothing a record. A break is reported once: what follows is measured from behind it.
 */
export class StreamChains {
  private readonly states = new Map<string, StreamState>();
  private readonly gaps: (Gap & { readonly stream: string })[] = [];
  private readonly known: boolean;
  private lost = 0;

  constructor(private readonly options: StreamChainsOptions) {
    this.known = options.start !== undefined;
    for (const { name, nextSequence, lastHash } of options.start ?? []) {
      this.states.set(name, { ...FRESH, next: nextSequence, hash: lastHash });
    }
  }

  /** Whether a gap was reported that may still turn out to be a change of order. */
  get undecided(): boolean {
    return this.gaps.length > 0;
  }

  /** Records are missing here, whose streams are not known. */
  lose(count: number): void {
    this.lost += count;
  }

  follow(row: CheckedRow): void {
    const { stream, sequence } = row;
    let state = this.states.get(stream);
    if (!state) {
      state = this.known ? { ...FRESH } : { ...FRESH, next: sequence, hash: undefined };
      this.states.set(stream, state);
    }
    const expected = state.next;
    if (sequence === expected) {
      if (state.others.length === 0) this.checkLink(state, row);
      state.others = NONE;
    } else if (state.others.includes(sequence)) {
      this.narrowGap(row);
      state.others = [expected];
    } else if (!row.intact) {
      // Its record was changed, its columns perhaps as well: that is reported already.
      state.others = [expected, expected + 1];
    } else if (sequence > expected && sequence - expected <= this.lost - state.lostBefore) {
      state.others = NONE;
    } else {
      this.reportGap(state, row);
      state.others = [expected, expected + 1];
    }
    state.next = sequence + 1;
    state.hash = row.hash;
    state.storedHash = row.storedHash;
    state.index = row.index;
    state.lostBefore = this.lost;
  }

  private checkLink({ hash, storedHash, index }: StreamState, row: CheckedRow): void {
    const { previousHash } = row;
    if (hash === undefined || previousHash === undefined || previousHash === hash) return;
    if (previousHash !== null && previousHash === storedHash) return;
    const before = index < 0 ? '' : ` (record ${index})`;
    this.options.report({
      class: 'modified',
      reason: 'broken_chain',
      index: row.index,
      eventId: row.eventId,
      stream: row.stream,
      expected: hash,
      found: display(previousHash),
      message:
        `The record names another predecessor than the one that stands before it in the stream${before}. ` +
        'One of the two was replaced, together with its hashes.',
    });
  }

  private reportGap({ next }: StreamState, row: CheckedRow): void {
    const { sequence, stream } = row;
    const finding: Finding = {
      class: sequence > next ? 'missing' : this.fillGap(row) ? 'reordered' : 'inserted',
      reason: 'sequence_gap',
      index: row.index,
      eventId: row.eventId,
      stream,
      expected: String(next),
      found: String(sequence),
      message:
        sequence > next
          ? `The stream jumps from sequence ${next - 1} to ${sequence}, and the log has no hole in between.`
          : `The stream goes back to sequence ${sequence} where ${next} must follow.`,
    };
    this.options.report(finding);
    if (sequence > next && this.gaps.length < MAX_OPEN_GAPS) {
      this.gaps.push({ finding, stream, from: next, until: sequence });
    }
  }

  /** A record that a gap seemed to lack has turned up: it is in another place, not missing. */
  private fillGap(row: CheckedRow): boolean {
    const position = this.findGap(row);
    if (position < 0) return false;
    const [{ finding }] = this.gaps.splice(position, 1);
    this.revise(finding, 'reordered', 'records were put in another order');
    return true;
  }

  /** The stream goes on as if the record of the gap had been in order: that one stands in the place of another. */
  private narrowGap(row: CheckedRow): void {
    const position = this.findGap(row);
    if (position < 0) return;
    const gap = this.gaps[position];
    if (gap.from === row.sequence) this.fillGap(row);
    else {
      const finding = this.revise(gap.finding, 'modified', 'the stream goes on behind it as if it did');
      this.gaps[position] = { ...gap, until: row.sequence, finding };
    }
  }

  private findGap({ stream, sequence }: CheckedRow): number {
    return this.gaps.findIndex((gap) => gap.stream === stream && gap.from <= sequence && sequence < gap.until);
  }

  private revise(before: Finding, kind: FindingClass, why: string): Finding {
    const message = `The stream jumps to sequence ${before.found} where ${before.expected} must follow; ${why}.`;
    const after = { ...before, class: kind, message };
    this.options.revise(before, after);
    return after;
  }

  /** The streams as they stand now. */
  heads(): StreamHead[] {
    return [...this.states].map(([name, { next, hash }]) => ({ name, nextSequence: next, lastHash: hash ?? null }));
  }

  get count(): number {
    return this.states.size;
  }

  has(name: string): boolean {
    return this.states.has(name);
  }

  /** Whether a row of `audit_stream` says what the records say, or what follows from changes that are reported already. */
  agrees({ name, nextSequence, lastHash }: StreamHead): boolean {
    const state = this.states.get(name);
    const lost = this.lost - (state?.lostBefore ?? 0);
    const next = state?.next ?? 0;
    if (nextSequence > next && nextSequence - next <= lost) return true;
    if (nextSequence !== next && !state?.others.includes(nextSequence)) return false;
    if (!state || state.hash === undefined || state.others.length > 0) return true;
    return lastHash === state.hash || (lastHash !== null && lastHash === state.storedHash);
  }

  /** What the records say of a stream; null when there is none of it. */
  head(name: string): StreamHead | null {
    const state = this.states.get(name);
    return state ? { name, nextSequence: state.next, lastHash: state.hash ?? null } : null;
  }
}

const NONE: readonly number[] = [];
const FRESH: StreamState = { next: 0, others: NONE, hash: null, storedHash: null, index: -1, lostBefore: 0 };
