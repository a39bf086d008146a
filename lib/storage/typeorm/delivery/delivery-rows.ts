import type {
  DeliveryReceipt,
  ReceiptStatus,
  SinkCursor,
  SinkDetails,
  SinkState,
} from '../../../delivery/delivery-store.port.js';
import { formatTimestamp } from '../../../event/timestamp.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';

export const CURSOR_COLUMNS = [
  'sink',
  'next_index',
  'batch_end',
  'state',
  'attempts',
  'next_attempt_at',
  'last_error',
  'delivered_at',
  'details',
  'updated_at',
] as const;

export const RECEIPT_COLUMNS = [
  'sink',
  'event_id',
  'log_index',
  'status',
  'tx_id',
  'payload_hash',
  'duplicate',
  'remote_status',
  'attempts',
  'next_attempt_at',
  'last_error',
  'raw',
  'updated_at',
] as const;

export type CursorRow = Readonly<Record<(typeof CURSOR_COLUMNS)[number], unknown>>;
export type ReceiptRow = Readonly<Record<(typeof RECEIPT_COLUMNS)[number], unknown>>;

export function cursorValues(cursor: SinkCursor): SqlValue[] {
  return [
    cursor.sink,
    cursor.nextIndex,
    cursor.batchEnd,
    cursor.state,
    cursor.attempts,
    timeOrNull(cursor.nextAttemptAt),
    cursor.lastError,
    timeOrNull(cursor.deliveredAt),
    cursor.details === null ? null : JSON.stringify(cursor.details),
    formatTimestamp(cursor.updatedAt),
  ];
}

export function cursorOf(row: CursorRow): SinkCursor {
  return {
    sink: String(row.sink),
    nextIndex: toNumber(row.next_index),
    batchEnd: row.batch_end === null ? null : toNumber(row.batch_end),
    state: row.state as SinkState,
    attempts: toNumber(row.attempts),
    nextAttemptAt: msOrNull(row.next_attempt_at),
    lastError: row.last_error as string | null,
    deliveredAt: msOrNull(row.delivered_at),
    details: row.details === null ? null : (JSON.parse(String(row.details)) as SinkDetails),
    updatedAt: Date.parse(String(row.updated_at)),
  };
}

export function receiptValues(receipt: DeliveryReceipt): SqlValue[] {
  return [
    receipt.sink,
    receipt.eventId,
    receipt.logIndex,
    receipt.status,
    receipt.txId,
    receipt.payloadHash,
    receipt.duplicate ? 1 : 0,
    receipt.remoteStatus,
    receipt.attempts,
    timeOrNull(receipt.nextAttemptAt),
    receipt.lastError,
    receipt.raw,
    textOf(receipt.updatedAt),
  ];
}

export function receiptOf(row: ReceiptRow): DeliveryReceipt {
  return {
    sink: String(row.sink),
    eventId: String(row.event_id),
    logIndex: toNumber(row.log_index),
    status: row.status as ReceiptStatus,
    txId: row.tx_id as string | null,
    payloadHash: row.payload_hash as string | null,
    duplicate: toNumber(row.duplicate) === 1,
    remoteStatus: row.remote_status as string | null,
    attempts: toNumber(row.attempts),
    nextAttemptAt: msOrNull(row.next_attempt_at),
    lastError: row.last_error as string | null,
    raw: row.raw as string | null,
    updatedAt: Date.parse(String(row.updated_at)),
  };
}

let lastMs = NaN;
let lastText = '';

/** All receipts of a batch have one time. */
function textOf(ms: number): string {
  if (ms !== lastMs) {
    lastMs = ms;
    lastText = formatTimestamp(ms);
  }
  return lastText;
}

function timeOrNull(ms: number | null): string | null {
  return ms === null ? null : formatTimestamp(ms);
}

function msOrNull(text: unknown): number | null {
  return text === null ? null : Date.parse(String(text));
}
