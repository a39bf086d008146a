import type { StoredEvent } from '../../lib/ledger/ledger-store.port.js';
import type { FindingClass, FindingReason } from '../../lib/verification/verifier/finding.interface.js';
import type { LogCopy } from '../support/log-copy.js';

/** What must be said of a forgery. */
export interface ExpectedVerdict {
  readonly reason: FindingReason;
  readonly class: FindingClass;
  /** `logIndex` of the first finding; null when no record is at fault. */
  readonly index: number | null;
  /** The first wrong record is somewhere between `index` and here. */
  readonly until?: number;
}

/** More than one change at once, by somebody who wants it not to be seen. */
export interface Forgery {
  readonly name: string;
  /** @returns undefined where it changes nothing */
  forge(log: LogCopy, index: number): ExpectedVerdict | undefined;
}

export const FORGERIES: readonly Forgery[] = [
  {
    name: 'a record changed, its hash and leaf hash recomputed',
    forge(log, index) {
      log.editRecord(index, { outcome: 'failure' });
      log.rows[index].outcome = 'failure';
      log.rehash(index);
      const next = nextInStream(log.rows, index);
      return next < 0 ? rootMismatch(log, index) : { reason: 'broken_chain', class: 'modified', index: next };
    },
  },
  {
    name: 'a record deleted and the gap closed',
    forge(log, index) {
      const next = nextInStream(log.rows, index);
      log.rows.splice(index, 1);
      log.renumber();
      return next < 0
        ? { reason: 'truncated', class: 'truncated', index: log.rows.length }
        : { reason: 'sequence_gap', class: 'missing', index: next - 1 };
    },
  },
  {
    name: 'a record deleted, the gap closed, the head remade',
    forge(log, index) {
      const next = nextInStream(log.rows, index);
      log.rows.splice(index, 1);
      log.renumber();
      log.remakeHead();
      return next < 0
        ? { reason: 'projection_drift', class: 'projection_drift', index: null }
        : { reason: 'sequence_gap', class: 'missing', index: next - 1 };
    },
  },
  {
    name: 'two records of a stream swapped',
    forge(log, index) {
      const next = nextInStream(log.rows, index);
      if (next < 0) return undefined;
      [log.rows[index], log.rows[next]] = [log.rows[next], log.rows[index]];
      log.renumber();
      return { reason: 'sequence_gap', class: 'reordered', index };
    },
  },
  {
    name: 'two neighbours of different streams swapped',
    forge(log, index) {
      if (index + 1 >= log.rows.length || log.rows[index].stream === log.rows[index + 1].stream) return undefined;
      [log.rows[index], log.rows[index + 1]] = [log.rows[index + 1], log.rows[index]];
      log.renumber();
      return rootMismatch(log, index);
    },
  },
  {
    name: 'the records and hashes of two rows swapped, not their columns',
    forge(log, index) {
      const next = nextInStream(log.rows, index);
      if (next < 0) return undefined;
      const [a, b] = [log.rows[index], log.rows[next]];
      for (const column of ['record', 'hash', 'leafHash'] as const) [a[column], b[column]] = [b[column], a[column]];
      return { reason: 'projection_drift', class: 'projection_drift', index };
    },
  },
  {
    name: 'a record moved to the end',
    forge(log, index) {
      const next = nextInStream(log.rows, index);
      if (next < 0) return undefined;
      log.rows.push(...log.rows.splice(index, 1));
      log.renumber();
      return { reason: 'sequence_gap', class: 'reordered', index: next - 1 };
    },
  },
  {
    name: 'a copy of a record behind the end',
    forge(log, index) {
      const size = log.rows.length;
      log.rows.push({ ...log.rows[index], logIndex: size, eventId: `copy-${index}`, sequence: 1_000_000 });
      return { reason: 'inserted', class: 'inserted', index: size };
    },
  },
  {
    name: 'a copy of a record behind the end, counted by a remade head',
    forge(log, index) {
      const size = log.rows.length;
      log.rows.push({ ...log.rows[index], logIndex: size, eventId: `copy-${index}`, sequence: 1_000_000 });
      log.remakeHead();
      return { reason: 'projection_drift', class: 'projection_drift', index: size };
    },
  },
  {
    name: 'an invented record in front of the first',
    forge(log, index) {
      const size = log.rows.length;
      log.rows.push({ ...log.rows[index], logIndex: -1, eventId: `copy-${size}`, sequence: 1_000_000 });
      return { reason: 'inserted', class: 'inserted', index: -1 };
    },
  },
  {
    name: 'an invented record in the middle, well hashed, everything behind it shifted',
    forge(log, index) {
      const row = { ...log.rows[index], eventId: `00000000-0000-7000-8000-${String(index).padStart(12, '0')}` };
      log.rows.splice(index, 0, row);
      log.editRecord(index, { id: row.eventId, action: 'invented' });
      row.action = 'invented';
      row.sections = null;
      const { sections: _, ...record } = JSON.parse(row.record) as { sections?: unknown };
      row.record = JSON.stringify(record);
      log.rehash(index);
      // Two rows cannot have one sequence in the column, so the later one gets another: that drifts, too.
      log.rows[index + 1].sequence += 1_000_000;
      log.renumber();
      if (index + 2 === log.rows.length) return { reason: 'root_mismatch', class: 'rewritten', index };
      return { reason: 'projection_drift', class: 'projection_drift', index: index + 1 };
    },
  },
  {
    name: 'a record changed and everything behind it chained anew',
    forge(log, index) {
      log.editRecord(index, { outcome: 'failure' });
      log.rows[index].outcome = 'failure';
      log.rechain();
      return rootMismatch(log, index);
    },
  },
  {
    name: 'the tail cut off, the head remade',
    forge(log, index) {
      log.rows.splice(index);
      log.remakeHead();
      return { reason: 'projection_drift', class: 'projection_drift', index: null };
    },
  },
  {
    name: 'the previous hash of a record changed, everything recomputed',
    forge(log, index) {
      log.editRecord(index, { previousHash: 'ab'.repeat(32) });
      log.rehash(index);
      return { reason: 'broken_chain', class: 'modified', index };
    },
  },
  {
    name: 'a sequence changed in record and column, everything recomputed',
    forge(log, index) {
      log.rows[index].sequence += 500;
      log.editRecord(index, { sequence: log.rows[index].sequence });
      log.rehash(index);
      const last = nextInStream(log.rows, index) < 0;
      return { reason: 'sequence_gap', class: last ? 'missing' : 'modified', index };
    },
  },
  {
    name: 'an unknown field in a record, everything recomputed',
    forge(log, index) {
      log.rows[index].record = log.rows[index].record.replace(/"v":1}$/, '"v":1,"x":1}');
      log.rehash(index);
      return { reason: 'malformed', class: 'malformed', index };
    },
  },
  {
    name: 'a record that is not canonical, everything recomputed',
    forge(log, index) {
      log.rows[index].record = log.rows[index].record.replace('"v":1', '"v": 1');
      log.rehash(index);
      return { reason: 'malformed', class: 'malformed', index };
    },
  },
  {
    name: 'another hash algorithm in one record, everything recomputed',
    forge(log, index) {
      log.editRecord(index, { alg: 'sha512' });
      log.rows[index].leafHash = 'cd'.repeat(32);
      return { reason: 'hash_mismatch', class: 'modified', index };
    },
  },
];

function nextInStream(rows: readonly StoredEvent[], index: number): number {
  return rows.findIndex((row, other) => other > index && row.stream === rows[index].stream);
}

/** The head's compact range tells apart perfect subtrees, so the record is named up to one of these. */
function rootMismatch(log: LogCopy, index: number): ExpectedVerdict {
  let from = 0;
  for (let rest = log.head.size; rest > 0;) {
    const leaves = 2 ** Math.floor(Math.log2(rest));
    if (index < from + leaves) {
      return {
        reason: 'root_mismatch',
        class: 'rewritten',
        index: from,
        ...(leaves > 1 ? { until: from + leaves } : {}),
      };
    }
    from += leaves;
    rest -= leaves;
  }
  throw new Error(`no record ${index}`);
}
