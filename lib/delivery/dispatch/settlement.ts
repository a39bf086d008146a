import type { DeliveryItem } from '../delivery-item.js';
import type { DeliveryResult, SinkFailure, Transient } from '../delivery-result.js';
import type { DeliveryReceipt, SinkCursor } from '../delivery-store.port.js';
import { heldDelay, transientDelay } from '../retry/index.js';
import type { RetryPolicy } from '../retry/index.js';
import { maskSecrets, safeErrorText } from '../safe-error-text.js';

const LONGEST_RAW = 4096;
const LONGEST_IDENTIFIER = 255;

export interface SettleInput {
  readonly cursor: SinkCursor;
  readonly items: readonly DeliveryItem[];
  readonly results: readonly DeliveryResult[];
  /** Earlier receipts of these events. */
  readonly known: ReadonlyMap<string, DeliveryReceipt>;
  readonly policy: RetryPolicy;
  readonly now: number;
  readonly random: () => number;
}

/** What one call of a sink means for the sink and for its events. */
export interface Settlement {
  readonly receipts: readonly DeliveryReceipt[];
  /** `state`, `attempts`, `nextAttemptAt`, `lastError`, `deliveredAt` as they follow from the call. */
  readonly cursor: SinkCursor;
  /** The first event that is not decided yet; undefined when all are. */
  readonly firstOpen: DeliveryItem | undefined;
  readonly failure: Transient | SinkFailure | null;
  readonly delivered: number;
  /** Of the lines that were delivered. */
  readonly deliveredBytes: number;
  readonly rejected: readonly DeliveryReceipt[];
  readonly findings: readonly { readonly item: DeliveryItem; readonly text: string }[];
}

/** Turns the results of a call into receipts and the sink's new state. Pure but for `random`. */
export function settle({ cursor, items, results, known, policy, now, random }: SettleInput): Settlement {
  const failure = failureAmong(results, items.length);
  const wait = failure ? waitAfter(failure) : null;
  const receipts: DeliveryReceipt[] = [];
  const rejected: DeliveryReceipt[] = [];
  const findings: { item: DeliveryItem; text: string }[] = [];
  let firstOpen: DeliveryItem | undefined;
  let delivered = 0;
  let deliveredBytes = 0;

  items.forEach((item, index) => {
    const result = results[index];
    const base = emptyReceipt(cursor.sink, item, (known.get(item.eventId)?.attempts ?? 0) + 1, now);
    if (result.status === 'delivered') {
      delivered++;
      deliveredBytes += item.bytes;
      const { finding, ...remote } = result.receipt ?? {};
      if (finding !== undefined) findings.push({ item, text: safeErrorText(finding) });
      receipts.push({
        ...base,
        status: 'delivered',
        txId: short(remote.txId),
        payloadHash: remote.payloadHash ?? null,
        duplicate: remote.duplicate ?? false,
        remoteStatus: short(remote.remoteStatus),
        lastError: finding === undefined ? null : safeErrorText(finding),
        raw: long(remote.raw),
      });
    } else if (result.status === 'rejected') {
      const receipt: DeliveryReceipt = {
        ...base,
        status: 'failed',
        remoteStatus: short(result.remoteStatus),
        lastError: safeErrorText(result.error),
        raw: long(result.raw),
      };
      rejected.push(receipt);
      receipts.push(receipt);
    } else {
      firstOpen ??= item;
      if (result.status === 'deferred' || wait === null) return;
      const remoteStatus = short(result.remoteStatus);
      const lastError = safeErrorText(result.error);
      receipts.push({ ...base, status: 'pending', remoteStatus, lastError, nextAttemptAt: now + wait.delayMs });
    }
  });

  const decided = delivered + rejected.length;
  return {
    receipts,
    firstOpen,
    failure,
    delivered,
    deliveredBytes,
    rejected,
    findings,
    cursor: {
      ...cursor,
      state: wait?.state ?? 'active',
      attempts: failure ? (decided > 0 ? 1 : cursor.attempts + 1) : 0,
      nextAttemptAt: wait ? now + wait.delayMs : null,
      lastError: failure ? safeErrorText(failure.error) : null,
      deliveredAt: delivered > 0 ? now : cursor.deliveredAt,
      updatedAt: now,
    },
  };

  function waitAfter(problem: Transient | SinkFailure): { state: SinkCursor['state']; delayMs: number } {
    if (problem.status === 'sink_failure') return { state: 'held', delayMs: heldDelay(policy, random) };
    const delayMs = transientDelay(policy, cursor.attempts + 1, random, problem.retryAfterMs);
    // A held sink stays so until something gets through: a time-out says nothing about the key that was refused.
    return { state: cursor.state === 'held' ? 'held' : 'retrying', delayMs };
  }
}

/** A receipt that says nothing yet. */
export function emptyReceipt(
  sink: string,
  event: { readonly eventId: string; readonly logIndex: number },
  attempts: number,
  now: number,
): DeliveryReceipt {
  return {
    sink,
    eventId: event.eventId,
    logIndex: event.logIndex,
    status: 'pending',
    txId: null,
    payloadHash: null,
    duplicate: false,
    remoteStatus: null,
    attempts,
    nextAttemptAt: null,
    lastError: null,
    raw: null,
    updatedAt: now,
  };
}

/** A refusal of us weighs more than a passing failure. A sink that defers everything must not be asked in a tight loop. */
function failureAmong(results: readonly DeliveryResult[], count: number): Transient | SinkFailure | null {
  const refused = results.find((result): result is SinkFailure => result.status === 'sink_failure');
  if (refused) return refused;
  const passing = results.find((result): result is Transient => result.status === 'transient');
  if (passing) return passing;
  const stuck = count > 0 && results.every((result) => result.status === 'deferred');
  return stuck ? { status: 'transient', error: 'The sink sent none of the events and gave no reason.' } : null;
}

function short(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : maskSecrets(text, [], LONGEST_IDENTIFIER);
}

function long(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : maskSecrets(text, [], LONGEST_RAW);
}
