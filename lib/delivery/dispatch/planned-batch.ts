import type { AuditRecord } from '../../event/audit-record.interface.js';
import { isDiscarded } from '../../ledger/discarded-event.js';
import type { StoredLine } from '../../ledger/ledger-store.port.js';
import { DeliveryItem } from '../delivery-item.js';
import type { DeliveryReceipt } from '../delivery-store.port.js';
import { SINK_TEST_ACTION } from '../routing/compile-route.js';
import type { RouteDecision } from '../routing/route.interface.js';
import { safeErrorText } from '../safe-error-text.js';
import type { SinkBinding } from './sink-binding.js';

/** An event that its route could not decide about. */
export interface UndecidedRoute {
  readonly eventId: string;
  readonly logIndex: number;
  readonly error: string;
}

/** What the next call of a sink is about. */
export interface PlannedBatch {
  /** Rows that it covers, in order; those that the sink does not get included. */
  readonly rows: readonly StoredLine[];
  /** What the sink gets. */
  readonly items: readonly DeliveryItem[];
  readonly parked: readonly UndecidedRoute[];
  /** Where the cursor stands once everything is decided. */
  readonly until: number;
  /** Positions in [from, until) without a row. */
  readonly missing: readonly number[];
  /** Positions of events whose content was let go of once other destinations had it. */
  readonly discarded: readonly number[];
}

export interface BatchLimits {
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** Read every record, also where the route does not ask for it. */
  readonly thorough: boolean;
}

const SKIPPED: RoutedRow = { decision: { kind: 'skip' } };
const PLAIN: RoutedRow = { decision: { kind: 'deliver' } };

/**
 * Decides which of the rows go into the next batch. Pure; the same rows and limits give the same batch.
 *
 * @param from where the cursor stands; rows begin there unless some are missing
 * @param decided events of these rows that have their final receipt already
 */
export function planBatch(
  binding: SinkBinding,
  from: number,
  rows: readonly StoredLine[],
  limits: BatchLimits,
  decided: ReadonlyMap<string, DeliveryReceipt>,
): PlannedBatch {
  const items: DeliveryItem[] = [];
  const parked: UndecidedRoute[] = [];
  const missing: number[] = [];
  const discarded: number[] = [];
  let covered = 0;
  let bytes = 0;
  let next = from;
  for (const row of rows) {
    if (items.length >= limits.maxEvents) break;
    const usable = !isDiscarded(row);
    const isDecided = decided.has(row.eventId) && decided.get(row.eventId)?.status !== 'pending';
    const { decision, record } = usable && !isDecided ? routeOf(binding, row, limits.thorough) : SKIPPED;
    if (decision.kind === 'deliver') {
      const item = new DeliveryItem(row, binding.sections, record);
      if (items.length > 0 && bytes + item.bytes > limits.maxBytes) break;
      bytes += item.bytes;
      items.push(item);
    } else if (decision.kind === 'park') {
      parked.push({ eventId: row.eventId, logIndex: row.logIndex, error: decision.error });
    }
    for (; next < row.logIndex; next++) missing.push(next);
    if (!usable && !isDecided) discarded.push(row.logIndex);
    next = row.logIndex + 1;
    covered++;
  }
  return { rows: rows.slice(0, covered), items, parked, until: next, missing, discarded };
}

/** What the route says of a row, and the record as it was read for that. */
export interface RoutedRow {
  readonly decision: RouteDecision;
  readonly record?: AuditRecord;
}

/**
 * The route is asked about the record, not about the columns beside it, which anybody may have edited.
 *
 * Reading a record costs more than all else that is done with it here, so without a route its text has to do: one that
 * only looks whole makes the sink fail, and is found out when it is tried again thoroughly.
 */
export function routeOf(binding: SinkBinding, row: StoredLine, thorough = false): RoutedRow {
  if (!binding.routed && !thorough && looksPlain(row.record)) return PLAIN;
  try {
    const record = JSON.parse(row.record) as AuditRecord;
    return { record, decision: binding.route(record) };
  } catch (error) {
    const problem = `The stored record can't be read, so nothing is sent: ${safeErrorText(error)}.`;
    return { decision: { kind: 'park', error: problem } };
  }
}

/** `action` is the first key of every record. */
const BEGINNING = '{"action":"';
const TEST_EVENT = `${BEGINNING}${SINK_TEST_ACTION}"`;

function looksPlain(record: string): boolean {
  return record.startsWith(BEGINNING) && record.endsWith('}') && !record.startsWith(TEST_EVENT);
}
