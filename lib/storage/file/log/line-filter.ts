import type { EventFilter, StoredEvent } from '../../../ledger/ledger-store.port.js';
import { parseLogLine, toStoredEvent } from '../line/log-line.js';
import { matchesFilter } from '../../memory/matches-filter.js';

const BOUNDS = new Set(['actionPrefix', 'occurredFrom', 'occurredUntil']);

/**
 * Tells which lines meet a filter. A value that must be in the record must be in the line, so nearly all lines are ruled
 * out by looking for bytes, without reading them as JSON.
 *
 * @returns a function from a line to its row; null if it does not meet the filter or is no line of a log
 */
export function lineFilter(filter: EventFilter): (line: Buffer, logIndex: number) => StoredEvent | null {
  const needles = Object.entries(filter).flatMap(([name, wanted]) =>
    typeof wanted === 'string' && !BOUNDS.has(name) ? [Buffer.from(JSON.stringify(wanted))] : [],
  );
  return (line, logIndex) => {
    if (!needles.every((needle) => line.includes(needle))) return null;
    const parsed = parseLogLine(line);
    const row = parsed && toStoredEvent(parsed, logIndex);
    return row && matchesFilter(row, filter) ? row : null;
  };
}

/** Whether the filter lets every row through. */
export function isOpen(filter: EventFilter): boolean {
  return Object.values(filter).every((value) => value === undefined);
}
