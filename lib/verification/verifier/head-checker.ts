import type { LogHead } from '../../ledger/ledger-store.port.js';
import { CompactRange } from '../../ledger/merkle/index.js';
import { display } from './display.js';
import type { Finding } from './finding.interface.js';

/**
 * Compares the log's head with the Merkle tree of the records that are there.
 *
 * @param range the tree of the first `head.size` records, from their bytes
 */
export function checkHeadRoot(head: LogHead, range: CompactRange): Finding[] {
  const root = range.root().toString('hex');
  const stored = parseRange(head);
  const storedRoot = stored?.root().toString('hex');
  const findings: Finding[] = [];
  if (!stored) {
    findings.push({
      ...headColumn('compact_range'),
      class: 'malformed',
      reason: 'malformed',
      expected: range.toHex().join(','),
      found: display(head.compactRange),
      message: `The compact range of the head is not one of a tree of ${head.size} records.`,
    });
  }
  if (head.root !== root) {
    findings.push(storedRoot === root ? rootColumn(head, root) : recordsDiffer(head, root, range, stored));
  } else if (stored && storedRoot !== root) {
    findings.push({
      ...headColumn('compact_range'),
      class: 'modified',
      reason: 'root_mismatch',
      expected: range.toHex().join(','),
      found: display(head.compactRange.join(',')),
      message: 'The compact range of the head was changed: the records and the root beside it fit together.',
    });
  }
  return findings;
}

/** The head counts another number of records than its root is made of. */
export function wrongSize(head: LogHead, size: number): Finding {
  return {
    ...headColumn('size'),
    class: 'projection_drift',
    reason: 'projection_drift',
    expected: String(size),
    found: String(head.size),
    message: `The head counts ${head.size} records; its root is that of the ${size} records that are there.`,
  };
}

/** The head counts fewer records than it did a moment ago. */
export function shrunkHead(head: LogHead, known: number): Finding {
  return {
    class: 'truncated',
    reason: 'truncated',
    index: head.size,
    until: known,
    eventId: null,
    column: 'audit_head.size',
    expected: String(known),
    found: String(head.size),
    message: `While it was being verified, the log shrank from ${known} to ${head.size} records.`,
  };
}

/** A record stands where no head counts one. */
export function uncountedRecord(index: number, head: LogHead, eventId: string | null): Finding {
  return {
    class: 'inserted',
    reason: 'inserted',
    index,
    eventId,
    expected: null,
    found: null,
    message: `A record stands at position ${index}; the head counts ${head.size} records from position 0.`,
  };
}

/** Compares what the head repeats of the first record. */
export function checkHeadCreated(head: LogHead, firstOccurredAt: string | null): Finding[] {
  const expected = head.size === 0 ? '' : firstOccurredAt;
  if (expected === null || head.createdAt === expected) return [];
  return [
    {
      ...headColumn('created_at'),
      class: 'projection_drift',
      reason: 'projection_drift',
      expected,
      found: display(head.createdAt),
      message: "The head's creation time is not the time of the log's first record.",
    },
  ];
}

export function checkHeadOrigin(head: LogHead, expected: string | undefined): Finding[] {
  // A log has no origin until it is signed for the first time.
  if (expected === undefined || head.origin === expected || head.origin === '') return [];
  return [
    {
      ...headColumn('origin'),
      class: 'projection_drift',
      reason: 'projection_drift',
      expected,
      found: display(head.origin),
      message: 'The head names another log than the one that is expected here.',
    },
  ];
}

function rootColumn(head: LogHead, root: string): Finding {
  return {
    ...headColumn('root'),
    class: 'modified',
    reason: 'root_mismatch',
    expected: root,
    found: display(head.root),
    message: 'The root in the head was changed: the records and the compact range beside it fit together.',
  };
}

/** The head keeps the roots of perfect subtrees: the first that differs says between which records it went wrong. */
function recordsDiffer(head: LogHead, root: string, range: CompactRange, stored: CompactRange | null): Finding {
  const { from, until } = stored ? firstDifference(range, stored) : { from: 0, until: range.size };
  const one = until - from === 1;
  return {
    class: 'rewritten',
    reason: 'root_mismatch',
    index: from,
    ...(one ? {} : { until }),
    eventId: null,
    expected: display(head.root),
    found: root,
    message:
      'Every record fits the hashes beside it, but together they are not the records that the head was made of. ' +
      (one ? `Record ${from} is another one` : `The first that differs is between ${from} and ${until - 1}`) +
      ', or the head was replaced.',
  };
}

function firstDifference(range: CompactRange, stored: CompactRange): { from: number; until: number } {
  let from = 0;
  let rest = range.size;
  for (let i = 0; i < range.hashes.length; i++) {
    const leaves = largestPowerOfTwoIn(rest);
    if (!range.hashes[i].equals(stored.hashes[i])) return { from, until: from + leaves };
    from += leaves;
    rest -= leaves;
  }
  return { from: 0, until: range.size };
}

function largestPowerOfTwoIn(count: number): number {
  let power = 1;
  while (power * 2 <= count) power *= 2;
  return power;
}

function parseRange({ size, compactRange }: LogHead): CompactRange | null {
  try {
    return CompactRange.fromHex(size, compactRange);
  } catch {
    return null;
  }
}

function headColumn(column: string): Pick<Finding, 'index' | 'eventId' | 'column'> {
  return { index: null, eventId: null, column: `audit_head.${column}` };
}
