import { setTimeout as delay } from 'node:timers/promises';
import type { SqliteHandle } from '../session/sqlite-handle.interface.js';
import type { OwnDataSource } from '../sql-database.js';
import { createDataSource } from './create-data-source.js';
import { loadDriver } from './load-driver.js';

/** How long SQLite itself may block the thread for a lock; the session goes on waiting without blocking. */
const BUSY_TIMEOUT_MS = 10;

/** Pages in the write-ahead log before they are copied into the file; SQLite's default of 1000 is four batches. */
const CHECKPOINT_PAGES = 4000;

/**
 * A SQLite file of the log's own: its connection is shared with nobody, so no write of ours can be rolled back with
 * somebody else's transaction. Write-ahead log, so that readers never wait for the writer; every commit is forced to
 * the disk.
 */
export function sqliteDataSource(path: string, lockWaitMs: number): OwnDataSource {
  return {
    type: 'better-sqlite3',
    advice:
      `The audit log is the file ${path}: this process must be able to write it, and to make files beside it. ` +
      'For another place set the option storage.path (AUDIT_STORAGE_PATH).',
    create: async () =>
      createDataSource({
        type: 'better-sqlite3',
        driver: await loadDriver('better-sqlite3'),
        database: path,
        prepareDatabase: (handle: SqliteHandle) => configure(handle, lockWaitMs),
      }),
  };
}

async function configure(handle: SqliteHandle, lockWaitMs: number): Promise<void> {
  handle.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
  handle.pragma('synchronous = FULL');
  handle.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  // The switch to the write-ahead log wants the file alone, and fails while another process is opening it too.
  const begin = Date.now();
  for (;;) {
    try {
      handle.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if ((error as { code?: string }).code !== 'SQLITE_BUSY' || Date.now() - begin > lockWaitMs) throw error;
      await delay(5 + Math.random() * 20);
    }
  }
}
