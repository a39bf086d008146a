import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDiscarded } from '../../ledger/discarded-event.js';
import type { StoredEvent } from '../../ledger/ledger-store.port.js';
import { CompactRange, leafHash, streamedLeafHash } from '../../ledger/merkle/index.js';
import type { SignableLog } from './signable-log.port.js';
import { SigningRefusedError } from './signing-refused.error.js';

const PAGE = 500;

/** What a new record must be besides what its hash says, to be signed over. */
export interface RecordCheck {
  /** @throws SigningRefusedError */
  follow(row: StoredEvent): Promise<void>;
}

/**
 * Extends a tree by the records of a log, hashing their stored bytes. Each is hashed twice, by two code paths, and
 * compared with the hash that stands beside it: a bit that flips in memory must not be signed.
 *
 * @param range the tree in front of the first record; it is extended
 * @param to behind the last record
 * @param check told of each record in order
 * @param onLeaf told of the tree's size after each record
 * @throws SigningRefusedError a record is missing, is not what its hash says, or does not pass the check
 */
export async function extendByRecords(
  log: Pick<SignableLog, 'readRange'>,
  range: CompactRange,
  to: number,
  check: RecordCheck,
  onLeaf?: (size: number) => void,
): Promise<void> {
  while (range.size < to) {
    const rows = await log.readRange(range.size, Math.min(PAGE, to - range.size));
    if (rows.length === 0) throw missing(range.size, to);
    for (const row of rows) {
      if (row.logIndex !== range.size) throw missing(range.size, row.logIndex);
      range.append(rehash(row));
      await check.follow(row);
      onLeaf?.(range.size);
    }
    // The store may answer without waiting; the application's requests must not.
    await nextTurn();
  }
}

function rehash(row: StoredEvent): Buffer {
  const { logIndex, record, leafHash: stored } = row;
  // Content that was let go of after delivery: its leaf hash has to lead to the root that the head says.
  if (isDiscarded(row)) return Buffer.from(stored, 'hex');
  const hash = leafHash(record);
  if (!hash.equals(streamedLeafHash(record))) {
    throw new Error(
      `Hashing record ${logIndex} twice gave two results. The memory or the processor of this machine is at fault; ` +
        'nothing was signed. Move the process to another machine.',
    );
  }
  const found = hash.toString('hex');
  if (found === stored) return hash;
  throw new SigningRefusedError(
    { state: 'modified', index: logIndex, expected: stored, found },
    `Record ${logIndex} was changed after it was sealed: its bytes hash to ${found}, the log says ${stored}. No ` +
      'checkpoint is signed over it. Verify the log, keep a copy of the database, and restore the record.',
  );
}

function missing(from: number, until: number): SigningRefusedError {
  return new SigningRefusedError(
    { state: 'missing', index: from, expected: String(until), found: String(from) },
    `There is no record ${until - from === 1 ? from : `${from} to ${until - 1}`}, though the log counts more. No ` +
      'checkpoint is signed over it. Verify the log, keep a copy of the database, and restore the records.',
  );
}
