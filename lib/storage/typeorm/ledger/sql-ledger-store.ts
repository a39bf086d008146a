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
} from '../../../ledger/ledger-store.port.js';
import type { SqlDialectName } from '../dialect/index.js';
import type { SqlDatabase } from '../sql-database.js';
import type { LedgerAppender } from './ledger-appender.interface.js';
import { MysqlAppender } from './mysql.appender.js';
import { PostgresAppender } from './postgres.appender.js';
import { SqlContentDiscarder } from './sql-content-discarder.js';
import { SqlLedgerReader } from './sql-ledger-reader.js';
import { SqliteAppender } from './sqlite.appender.js';

const APPENDERS: Readonly<Record<SqlDialectName, new (database: SqlDatabase) => LedgerAppender>> = {
  sqlite: SqliteAppender,
  postgres: PostgresAppender,
  mysql: MysqlAppender,
};

/** The log in SQL tables. */
export class SqlLedgerStore implements LedgerStore {
  readonly kind: string;
  private readonly reader: SqlLedgerReader;
  private readonly appender: LedgerAppender;
  private readonly discarder: SqlContentDiscarder;

  constructor(private readonly database: SqlDatabase) {
    this.kind = database.dialect.name;
    this.reader = new SqlLedgerReader(database);
    this.appender = new APPENDERS[database.dialect.name](database);
    this.discarder = new SqlContentDiscarder(database);
  }

  open(): Promise<void> {
    return this.database.open();
  }

  close(): Promise<void> {
    return this.database.close();
  }

  append(batch: AppendBatch): Promise<boolean> {
    return this.appender.append(batch);
  }

  appendLocked(streams: readonly string[], seal: (state: LogState) => AppendBatch | null): Promise<void> {
    return this.appender.appendLocked(streams, seal);
  }

  readHead(): Promise<LogHead> {
    return this.reader.readHead();
  }

  readStreams(names?: readonly string[]): Promise<StreamHead[]> {
    return this.reader.readStreams(names);
  }

  findSealed(eventIds: readonly string[]): Promise<SealedPosition[]> {
    return this.reader.findSealed(eventIds);
  }

  readRange(from: number, limit: number): Promise<StoredEvent[]> {
    return this.reader.readRange(from, limit);
  }

  readLines(from: number, limit: number, sections: boolean): Promise<StoredLine[]> {
    return this.reader.readLines(from, limit, sections);
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

  discardBelow(logIndex: number, options: DiscardOptions): Promise<number> {
    return this.discarder.discardBelow(logIndex, options);
  }
}
