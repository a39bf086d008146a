import type {
  AppendBatch,
  DiscardOptions,
  EventPageRequest,
  LedgerStore,
  LogHead,
  LogState,
  SealedPosition,
  StoredEvent,
  StoredLine,
  StreamHead,
} from '../../ledger/ledger-store.port.js';
import { discardable, isDiscarded, withoutContent } from '../../ledger/discarded-event.js';
import { EMPTY_ROOT } from '../../ledger/merkle/index.js';
import { StoreError } from '../../ledger/store.error.js';
import { matchesFilter } from './matches-filter.js';

const EMPTY_HEAD: LogHead = {
  size: 0,
  root: EMPTY_ROOT.toString('hex'),
  compactRange: [],
  createdAt: '',
  origin: '',
};

/** A log that ends with the process: for tests and trials. It grows without bound. */
export class MemoryLedgerStore implements LedgerStore {
  readonly kind = 'memory';
  private head: LogHead = EMPTY_HEAD;
  private readonly rows: StoredEvent[] = [];
  private readonly streams = new Map<string, StreamHead>();
  private readonly byId = new Map<string, StoredEvent>();

  async open(): Promise<void> {}

  async close(): Promise<void> {}

  async readHead(): Promise<LogHead> {
    return this.head;
  }

  async readStreams(names?: readonly string[]): Promise<StreamHead[]> {
    return [...this.streams.values()].filter(({ name }) => names === undefined || names.includes(name));
  }

  async append(batch: AppendBatch): Promise<boolean> {
    return this.apply(batch);
  }

  async appendLocked(names: readonly string[], seal: (state: LogState) => AppendBatch | null): Promise<void> {
    const streams = new Map([...this.streams].filter(([name]) => names.includes(name)));
    const batch = seal({ head: this.head, streams });
    if (batch && !this.apply(batch)) {
      throw new StoreError(
        `A batch was sealed on size ${batch.before.size} while the log, under its lock, has size ${this.head.size}. ` +
          'Nothing was written; seal on the state that is handed in.',
        { reason: 'unknown' },
      );
    }
  }

  async findSealed(eventIds: readonly string[]): Promise<SealedPosition[]> {
    return eventIds.flatMap((id) => {
      const row = this.byId.get(id);
      if (!row) return [];
      const { eventId, logIndex, stream, sequence, hash, occurredAt } = row;
      return [{ eventId, logIndex, stream, sequence, hash, occurredAt }];
    });
  }

  async readRange(from: number, limit: number): Promise<StoredEvent[]> {
    return this.rows.slice(from, from + limit);
  }

  async readLines(from: number, limit: number): Promise<StoredLine[]> {
    return this.readRange(from, limit);
  }

  async readLeafHashes(from: number, to: number): Promise<string[]> {
    return this.rows.slice(from, to).map(({ leafHash }) => leafHash);
  }

  async findPage(request: EventPageRequest): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    const step = request.direction === 'ascending' ? 1 : -1;
    const begin = step === 1 ? (request.after ?? -1) + 1 : Math.min(request.after ?? Infinity, this.rows.length) - 1;
    for (let index = begin; index in this.rows && found.length < request.limit; index += step) {
      if (isDiscarded(this.rows[index]) && !request.discarded) continue;
      if (matchesFilter(this.rows[index], request)) found.push(this.rows[index]);
    }
    return found;
  }

  async findById(eventId: string): Promise<StoredEvent | null> {
    return this.byId.get(eventId) ?? null;
  }

  async discardBelow(logIndex: number, options: DiscardOptions): Promise<number> {
    const from = this.head.discardedBelow ?? 0;
    const until = discardable(logIndex, this.head);
    if (until <= from) return 0;
    for (let index = from; index < until; index++) {
      this.rows[index] = withoutContent(this.rows[index], options);
      this.byId.set(this.rows[index].eventId, this.rows[index]);
    }
    this.head = { ...this.head, discardedBelow: until };
    return until - from;
  }

  /** Who appended with an older head in mind must not take the name away again. */
  nameLog(origin: string): void {
    this.head = { ...this.head, origin };
  }

  private apply({ before, after, rows, streams }: AppendBatch): boolean {
    if (this.head.size !== before.size || this.head.root !== before.root) return false;
    this.assertUnique(rows);
    for (const row of rows) {
      this.rows.push(row);
      this.byId.set(row.eventId, row);
    }
    for (const stream of streams) this.streams.set(stream.name, stream);
    const { origin, discardedBelow } = this.head;
    this.head = { ...after, origin, discardedBelow };
    return true;
  }

  /** What the unique keys of a SQL table refuse. */
  private assertUnique(rows: readonly StoredEvent[]): void {
    const ids = new Set<string>();
    const next = new Map<string, number>();
    for (const { eventId, stream, sequence } of rows) {
      const expected = next.get(stream) ?? this.streams.get(stream)?.nextSequence ?? 0;
      if (this.byId.has(eventId) || ids.has(eventId) || sequence < expected) {
        throw new StoreError(`Event ${eventId}, or its place in the stream "${stream}", is in the log already.`, {
          reason: 'duplicate',
        });
      }
      ids.add(eventId);
      next.set(stream, sequence + 1);
    }
  }
}
