import type { AppendBatch, LogHead, StreamHead } from '../../../ledger/ledger-store.port.js';
import { CompactRange, EMPTY_ROOT } from '../../../ledger/merkle/index.js';
import { StoreError } from '../../../ledger/store.error.js';
import { KnownIds } from '../index/known-ids.js';
import { lineLeaf } from '../line/log-line.js';
import type { JsonLine } from '../../../event/parse-json-line.js';
import type { LogSnapshot } from './head-file.js';

const EMPTY_HEAD: LogHead = {
  size: 0,
  root: EMPTY_ROOT.toString('hex'),
  compactRange: [],
  createdAt: '',
  origin: '',
};

/** What is known of a log without reading it: its head, its streams, which ids it has. */
export class LogState {
  private constructor(
    public head: LogHead,
    readonly streams: Map<string, StreamHead>,
    readonly ids: KnownIds,
  ) {}

  static empty(): LogState {
    return new LogState(EMPTY_HEAD, new Map(), new KnownIds());
  }

  static of({ head, streams, ids }: LogSnapshot): LogState {
    return new LogState(head, new Map(streams.map((stream) => [stream.name, stream])), new KnownIds(ids));
  }

  get size(): number {
    return this.head.size;
  }

  /** Takes over what was appended. Who sealed it with an older head in mind must not take the log's name away again. */
  accept({ after, rows, streams }: AppendBatch): void {
    for (const { eventId } of rows) this.ids.add(eventId);
    for (const stream of streams) this.streams.set(stream.name, stream);
    this.head = { ...after, origin: this.head.origin };
  }

  /** Goes on behind records that are not there, as what was written about them says. */
  skipTo(size: number, root: string, compactRange: readonly string[]): void {
    this.head = { ...this.head, size, root, compactRange };
  }

  name(origin: string): void {
    this.head = { ...this.head, origin };
  }

  /** @throws {StoreError} with reason `duplicate` if a place in a stream is taken already */
  assertSequences({ rows }: AppendBatch): void {
    const next = new Map<string, number>();
    for (const { eventId, stream, sequence } of rows) {
      if (sequence < (next.get(stream) ?? this.streams.get(stream)?.nextSequence ?? 0)) throw duplicate(eventId);
      next.set(stream, sequence + 1);
    }
  }

  snapshot(resume: LogSnapshot['resume']): LogSnapshot {
    return { head: this.head, streams: [...this.streams.values()], resume, ids: this.ids.state() };
  }

  /** Adds lines that are in the file already; the head is that of all of them once `finish` is called. */
  replay(): { add(line: JsonLine | null, bytes: Buffer): Buffer; finish(): void } {
    const range = CompactRange.fromHex(this.head.size, this.head.compactRange);
    let { createdAt } = this.head;
    return {
      add: (line, bytes) => {
        const leaf = lineLeaf(line, bytes);
        if (range.size === 0 && typeof line?.value.occurredAt === 'string') createdAt = line.value.occurredAt;
        range.append(leaf);
        if (line) {
          const { id, stream, sequence } = line.value;
          this.ids.add(id);
          this.streams.set(stream, { name: stream, nextSequence: sequence + 1, lastHash: line.hash });
        }
        return leaf;
      },
      finish: () => {
        const root = range.root().toString('hex');
        this.head = { ...this.head, size: range.size, root, compactRange: range.toHex(), createdAt };
      },
    };
  }
}

export function duplicate(eventId: string): StoreError {
  return new StoreError(`Event ${eventId}, or its place in its stream, is in the log already.`, {
    reason: 'duplicate',
  });
}
