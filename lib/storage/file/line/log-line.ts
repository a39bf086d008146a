import { CHAIN_ALGORITHMS } from '../../../event/audit-record.interface.js';
import type { AuditRecord } from '../../../event/audit-record.interface.js';
import { JsonLineError } from '../../../event/json-line.error.js';
import { parseJsonLine } from '../../../event/parse-json-line.js';
import type { JsonLine } from '../../../event/parse-json-line.js';
import type { StoredEvent } from '../../../ledger/ledger-store.port.js';
import { rowOfLine } from '../../../ledger/line-row.js';
import { leafHash } from '../../../ledger/merkle/index.js';
import { chainHash } from '../../../ledger/sealing/chain-hash.js';

/** @returns null if it is no line of a log: after a crash, or by somebody's hand */
export function parseLogLine(bytes: Buffer): JsonLine | null {
  try {
    return parseJsonLine(bytes);
  } catch (error) {
    if (error instanceof JsonLineError) return null;
    throw error;
  }
}

/** The row that a line stands for. */
export function toStoredEvent(line: JsonLine, logIndex: number): StoredEvent {
  const { record, value, hash } = line;
  // The file keeps no leaf hashes. Of a record that is not the one that was hashed, the true one is not known.
  return rowOfLine(line, logIndex, isHashOf(value, record, hash) ? leafHash(record).toString('hex') : '');
}

/** Merkle leaf hash of a line: of its record, or of all its bytes if no record can be cut out. */
export function lineLeaf(line: JsonLine | null, bytes: Buffer): Buffer {
  return leafHash(line ? line.record : bytes);
}

function isHashOf({ alg }: AuditRecord, record: string, hash: string): boolean {
  return CHAIN_ALGORITHMS.includes(alg) && chainHash(alg, record) === hash;
}
