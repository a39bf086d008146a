import type { AuditRecord } from '../../lib/event/audit-record.interface.js';
import { canonicalize } from '../../lib/event/canonical.js';
import type { LedgerStore, LogHead, StoredEvent, StreamHead } from '../../lib/ledger/ledger-store.port.js';
import { CompactRange, leafHash } from '../../lib/ledger/merkle/index.js';
import { chainHash } from '../../lib/ledger/sealing/chain-hash.js';
import type { VerifiableLog } from '../../lib/verification/verifier/verifiable-log.port.js';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A log in memory that anything can be done to, with the tools of a forger. */
export class LogCopy implements VerifiableLog {
  head: Writable<LogHead>;
  streams: Writable<StreamHead>[];
  rows: Writable<StoredEvent>[];

  constructor(head: LogHead, streams: readonly StreamHead[], rows: readonly StoredEvent[]) {
    this.head = { ...head };
    this.streams = streams.map((stream) => ({ ...stream }));
    this.rows = rows.map((row) => ({ ...row }));
  }

  static async of(store: LedgerStore): Promise<LogCopy> {
    return new LogCopy(await store.readHead(), await store.readStreams(), await store.readRange(0, 1_000_000));
  }

  copy(): LogCopy {
    return new LogCopy(this.head, this.streams, this.rows);
  }

  async readHead(): Promise<LogHead> {
    return this.head;
  }

  async readStreams(names?: readonly string[]): Promise<StreamHead[]> {
    return this.streams.filter(({ name }) => names?.includes(name) ?? true);
  }

  async readRange(from: number, limit: number): Promise<StoredEvent[]> {
    return this.inOrder()
      .filter(({ logIndex }) => logIndex >= from)
      .slice(0, limit);
  }

  async readLeafHashes(from: number, to: number): Promise<string[]> {
    return this.inOrder()
      .filter(({ logIndex }) => logIndex >= from && logIndex < to)
      .map((row) => row.leafHash);
  }

  async findPage({
    direction,
    stream,
    after,
    limit,
  }: Parameters<VerifiableLog['findPage']>[0]): Promise<StoredEvent[]> {
    const found = this.inOrder()
      .filter((row) => stream === undefined || row.stream === stream)
      .filter(
        ({ logIndex }) => after === undefined || (direction === 'ascending' ? logIndex > after : logIndex < after),
      );
    return (direction === 'ascending' ? found : found.reverse()).slice(0, limit);
  }

  /** Changes fields of a record and leaves everything beside it as it is. */
  editRecord(index: number, changes: Partial<AuditRecord>): void {
    const row = this.rows[index];
    row.record = canonicalize({ ...(JSON.parse(row.record) as AuditRecord), ...changes });
  }

  /** Makes the hashes beside a record those of its bytes. */
  rehash(index: number): void {
    const row = this.rows[index];
    row.hash = chainHash((JSON.parse(row.record) as AuditRecord).alg, row.record);
    row.leafHash = leafHash(row.record).toString('hex');
  }

  /** Numbers the rows anew as they stand, from position 0. */
  renumber(): void {
    this.rows.forEach((row, index) => (row.logIndex = index));
  }

  /** Makes sequences, links and hashes of all records fit together again, as somebody does who knows the format. */
  rechain(): void {
    const streams = new Map<string, Writable<StreamHead>>();
    this.rows.forEach((row, index) => {
      const { stream: name } = JSON.parse(row.record) as AuditRecord;
      const stream = streams.get(name) ?? { name, nextSequence: 0, lastHash: null };
      streams.set(name, stream);
      row.logIndex = index;
      row.sequence = stream.nextSequence++;
      this.editRecord(index, { sequence: row.sequence, previousHash: stream.lastHash });
      this.rehash(index);
      stream.lastHash = row.hash;
    });
    this.streams = [...streams.values()];
  }

  /** Makes the head that of the records that are there. */
  remakeHead(): void {
    const range = new CompactRange();
    for (const row of this.rows) range.append(Buffer.from(row.leafHash, 'hex'));
    this.head = {
      ...this.head,
      size: this.rows.length,
      root: range.root().toString('hex'),
      compactRange: range.toHex(),
      createdAt: this.rows[0]?.occurredAt ?? '',
    };
  }

  private inOrder(): StoredEvent[] {
    return [...this.rows].sort((a, b) => a.logIndex - b.logIndex);
  }
}
