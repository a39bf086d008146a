import type {
  AppendBatch,
  EventPageRequest,
  LedgerStore,
  LogHead,
  LogState,
  SealedPosition,
  StoredEvent,
  StoredLine,
  StreamHead,
} from '../../../ledger/ledger-store.port.js';
import { FileLogReader } from './file-log-reader.js';
import type { FileLog } from './file-log.interface.js';

/** A log in JSON Lines files. */
export class FileLedgerStore implements LedgerStore {
  readonly kind = 'file';
  private readonly reader: FileLogReader;

  constructor(private readonly log: FileLog) {
    this.reader = new FileLogReader(log);
  }

  open(): Promise<void> {
    return this.log.open();
  }

  close(): Promise<void> {
    return this.log.close();
  }

  async readHead(): Promise<LogHead> {
    return (await this.log.current()).state.head;
  }

  async readStreams(names?: readonly string[]): Promise<StreamHead[]> {
    const { streams } = (await this.log.current()).state;
    return names ? names.flatMap((name) => streams.get(name) ?? []) : [...streams.values()];
  }

  append(batch: AppendBatch): Promise<boolean> {
    return this.log.append(batch);
  }

  appendLocked(streams: readonly string[], seal: (state: LogState) => AppendBatch | null): Promise<void> {
    return this.log.appendLocked(streams, seal);
  }

  findSealed(eventIds: readonly string[]): Promise<SealedPosition[]> {
    return this.reader.findSealed(eventIds);
  }

  readRange(from: number, limit: number): Promise<StoredEvent[]> {
    return this.reader.readRange(from, limit);
  }

  readLines(from: number, limit: number): Promise<StoredLine[]> {
    return this.reader.readRange(from, limit);
  }

  readLeafHashes(from: number, to: number): Promise<string[]> {
    return this.reader.readLeafHashes(from, to);
  }

  findPage(request: EventPageRequest): Promise<StoredEvent[]> {
    return this.reader.findPage(request);
  }

  findById(eventId: string): Promise<StoredEvent | null> {
    return this.reader.findById(eventId);
  }
}
