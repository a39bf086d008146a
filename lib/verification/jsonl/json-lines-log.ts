import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { EventPageRequest, LogHead, StoredEvent, StreamHead } from '../../ledger/ledger-store.port.js';
import { CompactRange } from '../../ledger/merkle/index.js';
import type { VerifiableLog } from '../verifier/verifiable-log.port.js';
import { LineIndex } from './line-index.js';
import { parseLine } from './parse-line.js';

export interface JsonLinesLogOptions {
  /** Position in the log of the first line, for a file that does not begin at the beginning. @default 0 */
  readonly firstIndex?: number;
  readonly onProgress?: (read: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * A log in a JSON Lines file, to be verified without its database. The file is read once when it is opened: its lines
 * are counted, and its head and streams are what they lead to. So only checkpoints can tell whether its end is missing.
 */
export class JsonLinesLog implements VerifiableLog {
  readonly partialSections = true;
  private readonly tree: CompactRange | null;
  private readonly streams = new Map<string, StreamHead>();
  private readonly firstIndex: number;
  private createdAt = '';
  private intact = true;
  private index!: LineIndex;

  private constructor(
    private readonly file: FileHandle,
    { firstIndex = 0 }: JsonLinesLogOptions,
  ) {
    this.firstIndex = firstIndex;
    this.tree = firstIndex === 0 ? new CompactRange() : null;
  }

  /** @throws what the file system throws */
  static async open(path: string, options: JsonLinesLogOptions = {}): Promise<JsonLinesLog> {
    const file = await open(path);
    try {
      const log = new JsonLinesLog(file, options);
      const { size } = await file.stat();
      log.index = await LineIndex.build(
        file,
        ({ number, bytes }, end) => {
          log.take(number, bytes);
          options.onProgress?.(end, size);
        },
        options.signal,
      );
      return log;
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  close(): Promise<void> {
    return this.file.close();
  }

  async readHead(): Promise<LogHead> {
    const tree = this.tree ?? new CompactRange();
    return {
      size: this.firstIndex + this.index.count,
      root: tree.root().toString('hex'),
      compactRange: tree.toHex(),
      createdAt: this.createdAt,
      origin: '',
    };
  }

  async readStreams(names?: readonly string[]): Promise<StreamHead[]> {
    return [...this.streams.values()].filter(({ name }) => names?.includes(name) ?? true);
  }

  async readRange(from: number, limit: number): Promise<StoredEvent[]> {
    const rows: StoredEvent[] = [];
    const first = Math.max(from - this.firstIndex, 0);
    for await (const { number, bytes } of this.index.read(first, limit)) {
      rows.push(parseLine(this.firstIndex + number, bytes));
    }
    return rows;
  }

  async readLeafHashes(from: number, to: number): Promise<string[]> {
    const hashes: string[] = [];
    const first = Math.max(from - this.firstIndex, 0);
    for await (const { number, bytes } of this.index.read(first, to - this.firstIndex - first)) {
      hashes.push(leafHashOf(this.firstIndex + number, bytes));
    }
    return hashes;
  }

  async findPage({ direction, after, limit, stream }: EventPageRequest): Promise<StoredEvent[]> {
    const found: StoredEvent[] = [];
    const end = this.firstIndex + this.index.count;
    const step = direction === 'ascending' ? 1 : -1;
    let at = step === 1 ? Math.max((after ?? -1) + 1, this.firstIndex) : Math.min(after ?? Infinity, end) - 1;
    for (; at >= this.firstIndex && at < end && found.length < limit; at += step) {
      const [row] = stream === undefined && limit === 1 ? await this.readEdge(at) : await this.readRange(at, 1);
      if (stream === undefined || row.stream === stream) found.push(row);
    }
    return found;
  }

  /** Whoever asks for the one line at an end asks where it stands, whether or not it can be read. */
  private async readEdge(at: number): Promise<StoredEvent[]> {
    try {
      return await this.readRange(at, 1);
    } catch (error) {
      if (error instanceof RangeError) return [unreadableLine(at)];
      throw error;
    }
  }

  private take(number: number, bytes: Buffer | null): void {
    try {
      const row = parseLine(this.firstIndex + number, bytes);
      const { stream: name, sequence, hash, leafHash, occurredAt } = row;
      this.streams.set(name, { name, nextSequence: sequence + 1, lastHash: hash });
      if (number === 0 && this.firstIndex === 0) this.createdAt = occurredAt;
      if (this.intact) this.tree?.append(Buffer.from(leafHash, 'hex'));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.intact = false;
    }
  }
}

/** Empty for a line that cannot be read: it is there, but has none. */
function leafHashOf(logIndex: number, bytes: Buffer | null): string {
  try {
    return parseLine(logIndex, bytes).leafHash;
  } catch (error) {
    if (error instanceof RangeError) return '';
    throw error;
  }
}

function unreadableLine(logIndex: number): StoredEvent {
  return {
    logIndex,
    eventId: '',
    stream: '',
    sequence: -1,
    record: '',
    hash: '',
    leafHash: '',
    signature: null,
    sections: null,
    occurredAt: '',
    action: '',
    outcome: 'failure',
    severity: 'error',
    actorId: null,
    actorType: '',
    resourceType: null,
    resourceId: null,
    tenantId: null,
    requestId: null,
    correlationId: null,
  };
}
