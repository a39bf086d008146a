import { insertInto } from '../../lib/storage/typeorm/dialect/sql-text.js';
import { EVENT_COLUMN_NAMES, eventValues } from '../../lib/storage/typeorm/ledger/event-row.js';
import type { LogCopy } from '../support/log-copy.js';
import type { TamperedLog } from './tamper.harness.js';

type Row = Readonly<Record<string, string | number | null>>;
export type Dump = Readonly<Record<string, readonly Row[]>>;

const TABLES = ['audit_event', 'audit_head', 'audit_stream', 'audit_checkpoint'];

/** The tables of a log, taken out and put back as a whole, as a backup does it, or as a forger. */
export class LogTables {
  constructor(private readonly log: Pick<TamperedLog, 'sql' | 'rows'>) {}

  async dump(): Promise<Dump> {
    const tables: Record<string, Row[]> = {};
    for (const table of TABLES) tables[table] = await this.log.rows(`SELECT * FROM ${table}`);
    return tables;
  }

  async restore(dump: Dump): Promise<void> {
    for (const table of TABLES) {
      await this.log.sql(`DELETE FROM ${table}`);
      for (const row of dump[table]) {
        await this.log.sql(insertInto(table, Object.keys(row)), ...Object.values(row));
      }
    }
  }

  /** Puts forged records, streams and head in the place of the present ones. */
  async install(copy: LogCopy): Promise<void> {
    const { size, root, compactRange, createdAt, origin } = copy.head;
    await this.log.sql(
      'UPDATE audit_head SET size = ?, root = ?, compact_range = ?, created_at = ?, origin = ?',
      size,
      root,
      compactRange.join(','),
      createdAt,
      origin,
    );
    await this.log.sql('DELETE FROM audit_stream');
    for (const { name, nextSequence, lastHash } of copy.streams) {
      await this.log.sql('INSERT INTO audit_stream VALUES (?, ?, ?)', name, nextSequence, lastHash);
    }
    await this.log.sql('DELETE FROM audit_event');
    for (const row of copy.rows) {
      await this.log.sql(insertInto('audit_event', EVENT_COLUMN_NAMES), ...(eventValues(row) as string[]));
    }
  }

  /** Does something to the log and puts everything back afterwards. */
  async during(change: () => Promise<unknown>, check: () => Promise<unknown>): Promise<void> {
    const before = await this.dump();
    try {
      await change();
      await check();
    } finally {
      await this.restore(before);
    }
  }
}
