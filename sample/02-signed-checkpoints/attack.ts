import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import Database from 'better-sqlite3';
import { CompactRange, leafHash } from 'nestjs-audit-trail/proofs';

interface Row {
  log_index: number;
  stream: string;
  sequence: number;
  record: string;
}

/**
 * What somebody who owns the database and knows the format can do: changes one record and recomputes everything that
 * follows from it, so that the whole log fits together again.
 * @returns the position of the record
 */
export function rewriteHistory(original: string, copy: string): number {
  const database = openCopy(original, copy);
  try {
    const victim = database
      .prepare(`SELECT log_index FROM audit_event WHERE action = 'invoice.delete' AND outcome = 'success' LIMIT 1`)
      .pluck()
      .get() as number;
    database.prepare(`UPDATE audit_event SET action = 'invoice.read' WHERE log_index = ?`).run(victim);
    recompute(database, (index, record) =>
      index === victim ? record.replace('"action":"invoice.delete"', '"action":"invoice.read"') : record,
    );
    return victim;
  } finally {
    database.close();
  }
}

/**
 * Cuts the tail and sets head and streams to what is left.
 * @returns how many records are left
 */
export function cutTail(original: string, copy: string, count: number): number {
  const database = openCopy(original, copy);
  try {
    const size = (database.prepare('SELECT size FROM audit_head').pluck().get() as number) - count;
    database.prepare('DELETE FROM audit_event WHERE log_index >= ?').run(size);
    database.prepare('DELETE FROM audit_checkpoint WHERE size > ?').run(size);
    recompute(database, (_, record) => record);
    return size;
  } finally {
    database.close();
  }
}

/** A copy without its accident guards. */
function openCopy(original: string, copy: string): Database.Database {
  copyFileSync(original, copy);
  const database = new Database(copy);
  const triggers = database.prepare(`SELECT name FROM sqlite_master WHERE type = 'trigger'`).pluck().all() as string[];
  for (const name of triggers) database.exec(`DROP TRIGGER "${name}"`);
  return database;
}

/** Chains, hashes, streams, tree and head, all anew. */
function recompute(database: Database.Database, edit: (index: number, record: string) => string): void {
  const rows = database
    .prepare('SELECT log_index, stream, sequence, record FROM audit_event ORDER BY log_index')
    .all() as Row[];
  const update = database.prepare('UPDATE audit_event SET record = ?, hash = ?, leaf_hash = ? WHERE log_index = ?');
  const streams = new Map<string, { sequence: number; hash: string }>();
  const tree = new CompactRange();
  for (const { log_index: index, stream, sequence, record } of rows) {
    const previous = streams.get(stream)?.hash;
    const forged = edit(index, record).replace(
      /"previousHash":(null|"[0-9a-f]*")/,
      `"previousHash":${previous === undefined ? 'null' : `"${previous}"`}`,
    );
    const hash = createHash('sha256').update(forged).digest('hex');
    const leaf = leafHash(forged);
    update.run(forged, hash, leaf.toString('hex'), index);
    tree.append(leaf);
    streams.set(stream, { sequence, hash });
  }
  database.exec('DELETE FROM audit_stream');
  const insert = database.prepare('INSERT INTO audit_stream (name, next_sequence, last_hash) VALUES (?, ?, ?)');
  for (const [name, { sequence, hash }] of streams) insert.run(name, sequence + 1, hash);
  database
    .prepare('UPDATE audit_head SET size = ?, root = ?, compact_range = ?')
    .run(tree.size, tree.root().toString('hex'), tree.toHex().join(','));
  database.exec('DELETE FROM audit_tile');
}
