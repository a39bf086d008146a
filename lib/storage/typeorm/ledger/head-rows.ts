import type { LogHead, StreamHead } from '../../../ledger/ledger-store.port.js';
import { MissingHeadError } from '../../../ledger/missing-head.error.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';

export interface HeadRow {
  readonly size: unknown;
  readonly root: string;
  readonly compact_range: string;
  readonly created_at: string;
  readonly origin: string;
  readonly discarded_below: unknown;
}

export interface StreamRow {
  readonly name: string;
  readonly next_sequence: unknown;
  readonly last_hash: string | null;
}

const TEXT_COLUMNS = ['root', 'compact_range', 'created_at', 'origin'] as const;
export const SELECT_HEAD =
  'SELECT size, root, compact_range, created_at, origin, discarded_below FROM audit_head WHERE id = 1';
export const SELECT_STREAMS = 'SELECT name, next_sequence, last_hash FROM audit_stream';
export const STREAM_COLUMNS = ['name', 'next_sequence', 'last_hash'] as const;

/**
 * The head only moves if it is still the one that the batch was sealed on. The log's name and how much of it was
 * discarded stay: others write them meanwhile. Parameters: {@link headValues}.
 */
export const MOVE_HEAD =
  'UPDATE audit_head SET size = ?, root = ?, compact_range = ?, created_at = ? ' +
  'WHERE id = 1 AND size = ? AND root = ?';

export function headValues(before: { size: number; root: string }, after: LogHead): SqlValue[] {
  const { size, root, compactRange, createdAt } = after;
  return [size, root, compactRange.join(','), createdAt, before.size, before.root];
}

/**
 * @throws MissingHeadError when the one row is not there
 * @throws RangeError when there is a second one, or one of another type than its columns have
 */
export function toLogHead([row, ...others]: readonly HeadRow[]): LogHead {
  if (!row) throw new MissingHeadError();
  if (others.length > 0) throw new RangeError(`audit_head has ${others.length + 1} rows where one belongs.`);
  for (const column of TEXT_COLUMNS) {
    if (typeof row[column] !== 'string') throw new RangeError(`audit_head.${column} is not text. The row is damaged.`);
  }
  const discardedBelow = toNumber(row.discarded_below);
  return {
    size: toNumber(row.size),
    root: row.root,
    compactRange: row.compact_range === '' ? [] : row.compact_range.split(','),
    createdAt: row.created_at,
    origin: row.origin,
    ...(discardedBelow > 0 && { discardedBelow }),
  };
}

export function toStreamHead({ name, next_sequence: nextSequence, last_hash: lastHash }: StreamRow): StreamHead {
  return { name, nextSequence: toNumber(nextSequence), lastHash };
}

export function streamValues({ name, nextSequence, lastHash }: StreamHead): SqlValue[] {
  return [name, nextSequence, lastHash];
}
