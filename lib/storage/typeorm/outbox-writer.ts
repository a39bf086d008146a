import type { SealableEvent } from '../../event/sealable-event.js';
import { timestampNow } from '../../event/timestamp.js';
import type { OutboxWriter, SqlConnection } from '../../ledger/outbox-writer.port.js';
import { writeOutboxPayload } from '../../ledger/outbox/outbox-payload.js';
import type { SqlDialect } from './dialect/index.js';
import { insertInto } from './dialect/sql-text.js';

const TABLE = 'audit_outbox';
const COLUMNS = ['event_id', 'payload', 'created_at'] as const;
const ONE_ROW = insertInto(TABLE, COLUMNS);
const SOME = 8;
const SOME_ROWS = insertInto(TABLE, COLUMNS, SOME);
const SAVEPOINT = 'audit_outbox_write';

/** One statement holds no more than this, so that it fits into a packet of the server and below its parameter limit. */
const MAX_ROWS = 1_000;
const MAX_LENGTH = 1_000_000;

/**
 * Writes outbox rows on a connection of the application, inside the transaction that is open there. The payload is the
 * event's text as JSON in plain ASCII: no encoding of a database or a session can refuse or change it.
 */
export class SqlOutboxWriter implements OutboxWriter {
  constructor(private readonly dialect: SqlDialect) {}

  async write(connection: SqlConnection, events: readonly SealableEvent[], guarded: boolean): Promise<void> {
    const createdAt = timestampNow();
    const rows = events.map((event): Row => [event.id, toAscii(writeOutboxPayload(event)), createdAt]);
    if (this.dialect.name === 'sqlite') {
      // Prepared statements that are run again cost less than one that is made for so many rows.
      const whole = rows.length - (rows.length % SOME);
      for (let at = 0; at < whole; at += SOME) await connection.query(SOME_ROWS, rows.slice(at, at + SOME).flat());
      for (const row of rows.slice(whole)) await connection.query(ONE_ROW, [...row]);
      return;
    }
    const parts = partition(rows);
    if (!guarded || this.dialect.name !== 'postgres') {
      for (const part of parts) await this.insert(connection, part);
      return;
    }
    await this.insertInSavepoint(connection, parts);
  }

  private async insert(connection: SqlConnection, rows: readonly Row[]): Promise<void> {
    const sql = this.dialect.placeholders(insertInto(TABLE, COLUMNS, rows.length));
    await connection.query(sql, rows.flat());
  }

  /**
   * On PostgreSQL a failed statement makes the transaction unusable, so the rows go in within a savepoint. Savepoint, rows
   * and release travel as one message, which can't have parameters: the values are literals.
   */
  private async insertInSavepoint(connection: SqlConnection, parts: readonly (readonly Row[])[]): Promise<void> {
    const inserts = parts.map((rows) => {
      const values = rows.map((row) => `(${row.map(literal).join(', ')})`).join(', ');
      return `INSERT INTO ${TABLE} (${COLUMNS.join(', ')}) VALUES ${values}`;
    });
    try {
      await connection.query([`SAVEPOINT ${SAVEPOINT}`, ...inserts, `RELEASE SAVEPOINT ${SAVEPOINT}`].join('; '));
    } catch (error) {
      await connection.query(`ROLLBACK TO SAVEPOINT ${SAVEPOINT}; RELEASE SAVEPOINT ${SAVEPOINT}`);
      throw error;
    }
  }
}

type Row = readonly [eventId: string, payload: string, createdAt: string];

function partition(rows: readonly Row[]): Row[][] {
  const parts: Row[][] = [];
  let length = 0;
  for (const row of rows) {
    const last = parts.at(-1);
    if (last && last.length < MAX_ROWS && length + row[1].length <= MAX_LENGTH) last.push(row);
    else {
      parts.push([row]);
      length = 0;
    }
    length += row[1].length;
  }
  return parts;
}

const BEYOND_ASCII = /[\u007f-\uffff]/;

/** JSON may write every character beyond ASCII as an escape. */
function toAscii(json: string): string {
  if (!BEYOND_ASCII.test(json)) return json;
  return json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A string of PostgreSQL that means the same whatever `standard_conforming_strings` says, and needs no escapes. */
function literal(text: string): string {
  let quote = '$audit$';
  for (let n = 0; text.includes(quote); n++) quote = `$audit${n}$`;
  return quote + text + quote;
}
