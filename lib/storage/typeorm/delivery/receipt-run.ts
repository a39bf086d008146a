import type { DeliveryReceipt } from '../../../delivery/delivery-store.port.js';
import { formatTimestamp } from '../../../event/timestamp.js';
import { toNumber } from '../sql-transaction.js';
import type { SqlValue } from '../sql-transaction.js';

/**
 * A row of `audit_receipt_run`: events that stand next to each other in the log and were delivered with receipts that
 * say the same, but for the payload hash. Runs of one sink never overlap, and no event of one has a receipt of its own.
 */
export interface ReceiptRun {
  readonly sink: string;
  /** `logIndex` of the first and the last event, both inclusive. */
  readonly firstIndex: number;
  readonly lastIndex: number;
  readonly txId: string | null;
  /** Of all events alike. */
  readonly payloadHash: string | null;
  /** One behind the other, 64 characters each, where they differ. */
  readonly payloadHashes: string | null;
  readonly remoteStatus: string | null;
  readonly attempts: number;
  readonly raw: string | null;
  readonly updatedAt: number;
}

export const RUN_COLUMNS = [
  'sink',
  'first_index',
  'last_index',
  'tx_id',
  'payload_hash',
  'payload_hashes',
  'remote_status',
  'attempts',
  'raw',
  'updated_at',
] as const;
export type RunRow = Readonly<Record<(typeof RUN_COLUMNS)[number], unknown>>;

/** Characters of a SHA-256 in hex: what the destinations of this library are sent is hashed so. */
const HASH_LENGTH = 64;
const FEWEST = 2;

/**
 * Splits receipts into runs and such that need a row of their own. Pure.
 *
 * @param receipts in the order of the log
 * @param mayJoin whether the event of a receipt can be part of a run
 */
export function findRuns(
  receipts: readonly DeliveryReceipt[],
  mayJoin: (receipt: DeliveryReceipt) => boolean,
): { runs: ReceiptRun[]; rows: DeliveryReceipt[] } {
  const runs: ReceiptRun[] = [];
  const rows: DeliveryReceipt[] = [];
  let members: DeliveryReceipt[] = [];
  const close = (): void => {
    if (members.length >= FEWEST) runs.push(runOf(members));
    else rows.push(...members);
    members = [];
  };
  for (const receipt of receipts) {
    if (!isUsual(receipt) || !mayJoin(receipt)) {
      rows.push(receipt);
      continue;
    }
    if (members.length > 0 && !follows(receipt, members[members.length - 1])) close();
    members.push(receipt);
  }
  close();
  return { runs, rows };
}

/** Nothing is odd about it that somebody would look for. */
function isUsual({ status, duplicate, lastError, nextAttemptAt, payloadHash }: DeliveryReceipt): boolean {
  const isHash = payloadHash === null || payloadHash.length === HASH_LENGTH;
  return status === 'delivered' && !duplicate && lastError === null && nextAttemptAt === null && isHash;
}

function follows(receipt: DeliveryReceipt, last: DeliveryReceipt): boolean {
  return (
    receipt.logIndex === last.logIndex + 1 &&
    receipt.sink === last.sink &&
    receipt.txId === last.txId &&
    receipt.remoteStatus === last.remoteStatus &&
    receipt.attempts === last.attempts &&
    receipt.raw === last.raw &&
    receipt.updatedAt === last.updatedAt &&
    (receipt.payloadHash === null) === (last.payloadHash === null)
  );
}

function runOf(members: readonly DeliveryReceipt[]): ReceiptRun {
  const [{ sink, logIndex: firstIndex, txId, payloadHash, remoteStatus, attempts, raw, updatedAt }] = members;
  const lastIndex = firstIndex + members.length - 1;
  const isOne = members.every((member) => member.payloadHash === payloadHash);
  return {
    sink,
    firstIndex,
    lastIndex,
    txId,
    payloadHash: isOne ? payloadHash : null,
    payloadHashes: isOne ? null : members.map((member) => member.payloadHash).join(''),
    remoteStatus,
    attempts,
    raw,
    updatedAt,
  };
}

/** The receipt of one event of the run. */
export function receiptAt(run: ReceiptRun, eventId: string, logIndex: number): DeliveryReceipt {
  const from = (logIndex - run.firstIndex) * HASH_LENGTH;
  return {
    sink: run.sink,
    eventId,
    logIndex,
    status: 'delivered',
    txId: run.txId,
    payloadHash: run.payloadHashes?.slice(from, from + HASH_LENGTH) ?? run.payloadHash,
    duplicate: false,
    remoteStatus: run.remoteStatus,
    attempts: run.attempts,
    nextAttemptAt: null,
    lastError: null,
    raw: run.raw,
    updatedAt: run.updatedAt,
  };
}

export function runValues(run: ReceiptRun): SqlValue[] {
  return [
    run.sink,
    run.firstIndex,
    run.lastIndex,
    run.txId,
    run.payloadHash,
    run.payloadHashes,
    run.remoteStatus,
    run.attempts,
    run.raw,
    formatTimestamp(run.updatedAt),
  ];
}

export function runFrom(row: RunRow): ReceiptRun {
  return {
    sink: String(row.sink),
    firstIndex: toNumber(row.first_index),
    lastIndex: toNumber(row.last_index),
    txId: row.tx_id as string | null,
    payloadHash: row.payload_hash as string | null,
    payloadHashes: row.payload_hashes as string | null,
    remoteStatus: row.remote_status as string | null,
    attempts: toNumber(row.attempts),
    raw: row.raw as string | null,
    updatedAt: Date.parse(String(row.updated_at)),
  };
}
