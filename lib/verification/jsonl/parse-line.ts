import { JsonLineError } from '../../event/json-line.error.js';
import { parseJsonLine } from '../../event/parse-json-line.js';
import type { StoredEvent } from '../../ledger/ledger-store.port.js';
import { rowOfLine } from '../../ledger/line-row.js';
import { leafHash } from '../../ledger/merkle/index.js';

const CARRIAGE_RETURN = 0x0d;

/**
 * Reads a line of a log in JSON Lines. The record's bytes are cut out as they stand.
 *
 * @param bytes null for one that is too long to be a line
 * @throws RangeError if it is no such line; what it says may still be false
 */
export function parseLine(logIndex: number, bytes: Buffer | null): StoredEvent {
  if (bytes === null) throw unreadable(logIndex, 'it is too long');
  try {
    // An exported file may have been through a system that ends lines in two characters.
    const line = parseJsonLine(bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes);
    return rowOfLine(line, logIndex, leafHash(line.record).toString('hex'));
  } catch (error) {
    if (error instanceof JsonLineError) throw unreadable(logIndex, error.why);
    throw error;
  }
}

function unreadable(logIndex: number, why: string): RangeError {
  return new RangeError(`Line ${logIndex} is not one of a log in JSON Lines: ${why}.`);
}
