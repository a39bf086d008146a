import { StoreError } from '../../../ledger/store.error.js';
import type { SqlDatabase } from '../sql-database.js';

/**
 * Checks that the server keeps text as it is given: what is stored must hash to what was sealed.
 * @throws StoreError `schema` that says what to change
 */
export async function checkServer(database: SqlDatabase): Promise<void> {
  switch (database.dialect.name) {
    case 'sqlite':
      return checkSqlite(database);
    case 'postgres':
      return checkPostgres(database);
    case 'mysql':
      return checkMysql(database);
  }
}

/** An INSERT of ours takes at most as many bytes. */
const MIN_PACKET_BYTES = 4 * 1024 * 1024;

async function checkSqlite(database: SqlDatabase): Promise<void> {
  const [{ encoding }] = await database.query<{ encoding: string }>('PRAGMA encoding');
  if (encoding === 'UTF-8') return;
  refuse(`The SQLite file keeps text as ${encoding}`, 'Use a new file: SQLite makes it UTF-8 by default.');
}

async function checkPostgres(database: SqlDatabase): Promise<void> {
  const [{ server_encoding: encoding }] = await database.query<{ server_encoding: string }>('SHOW server_encoding');
  if (encoding === 'UTF8') return;
  refuse(
    `The PostgreSQL database has the encoding ${encoding}`,
    "Keep the log in a database made with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.",
  );
}

async function checkMysql(database: SqlDatabase): Promise<void> {
  const [{ mode, client, connection, results, packet }] = await database.query<Record<string, string>>(
    'SELECT @@SESSION.sql_mode AS mode, @@character_set_client AS client, ' +
      '@@character_set_connection AS connection, @@character_set_results AS results, ' +
      '@@SESSION.max_allowed_packet AS packet',
  );
  const foreign = [client, connection, results].find((charset) => charset !== 'utf8mb4');
  if (foreign !== undefined) {
    refuse(`The connection to MySQL speaks ${foreign}`, 'Set charset: "utf8mb4" in the options of the DataSource.');
  }
  const modes = mode.split(',');
  if (!modes.includes('STRICT_TRANS_TABLES') && !modes.includes('STRICT_ALL_TABLES')) {
    refuse(
      'MySQL cuts texts that are too long without a word (sql_mode is not strict)',
      'Add STRICT_TRANS_TABLES to sql_mode.',
    );
  }
  if (modes.includes('NO_BACKSLASH_ESCAPES')) {
    refuse(
      "The sql_mode NO_BACKSLASH_ESCAPES does not go together with the driver's way of quoting",
      'Take it out of sql_mode.',
    );
  }
  if (Number(packet) < MIN_PACKET_BYTES) {
    refuse(
      `MySQL takes no statement above max_allowed_packet = ${packet} bytes`,
      `Set max_allowed_packet to ${MIN_PACKET_BYTES} or more.`,
    );
  }
}

function refuse(problem: string, repair: string): never {
  throw new StoreError(
    `${problem}, so records could be altered on their way into the database and would fail verification. ${repair}`,
    { reason: 'schema' },
  );
}
