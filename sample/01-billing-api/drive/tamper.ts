import { copyFileSync } from 'node:fs';
import Database from 'better-sqlite3';

/**
 * What somebody with the database file can do: switches the accident guard off and rewrites one row, hashes included,
 * so that the row agrees with itself.
 * @returns the edited row's position in the log
 */
export function editOneRow(original: string, copy: string): number {
  copyFileSync(original, copy);
  const database = new Database(copy);
  try {
    for (const { name } of database.prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger'`).all() as {
      name: string;
    }[]) {
      database.exec(`DROP TRIGGER "${name}"`);
    }
    const row = database
      .prepare(`SELECT log_index, record FROM audit_event WHERE action = 'invoice.pay' ORDER BY log_index LIMIT 1`)
      .get() as { log_index: number; record: string };
    const forged = row.record.replace('"invoice.pay"', '"invoice.read"');
    database
      .prepare(`UPDATE audit_event SET record = ?, action = 'invoice.read' WHERE log_index = ?`)
      .run(forged, row.log_index);
    return row.log_index;
  } finally {
    database.close();
  }
}
