import type { AnchorCheckpoint } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { sha256Hex } from '../digest.js';

/** One request. Id and body follow from the events alone, so each try is the same. */
export interface WebhookMessage {
  /** Idempotency key of the receiver. Never contains a dot, which separates it from what follows when it is signed. */
  readonly id: string;
  readonly body: string;
  /** Lowercase hex SHA-256 of the body. */
  readonly hash: string;
}

/** The event's id, and its JSON line as `data`. */
export function singleMessage(item: DeliveryItem): WebhookMessage {
  const body = `{"type":"${eventType(item.action)}","timestamp":"${item.occurredAt}","data":${item.line}}`;
  return { id: safeId(item.eventId), body, hash: sha256Hex(body) };
}

/** Many events in one request; its id is derived from its bytes. */
export function batchMessage(items: readonly DeliveryItem[]): WebhookMessage {
  const [first, last] = [items[0], items[items.length - 1]];
  const body =
    `{"type":"audit.batch","timestamp":"${last.occurredAt}","data":{"firstIndex":${first.logIndex},` +
    `"lastIndex":${last.logIndex},"count":${items.length},"events":[${items.map(({ line }) => line).join(',')}]}}`;
  const hash = sha256Hex(body);
  return { id: `batch_${hash.slice(0, 32)}`, body, hash };
}

/** A checkpoint; the same note always has the same id. */
export function checkpointMessage({ origin, size, root, note }: AnchorCheckpoint): WebhookMessage {
  const data = JSON.stringify({ origin, size, root, note });
  const body = `{"type":"audit.checkpoint","data":${data}}`;
  return { id: `checkpoint_${size}_${sha256Hex(note).slice(0, 16)}`, body, hash: sha256Hex(body) };
}

/** Standard Webhooks recommends dotted names of `[a-zA-Z0-9_]`. */
function eventType(action: string): string {
  return action.replace(/[^a-zA-Z0-9_.]/g, '_');
}

function safeId(eventId: string): string {
  return /^[A-Za-z0-9_-]{1,128}$/.test(eventId) ? eventId : `event_${sha256Hex(eventId).slice(0, 32)}`;
}
