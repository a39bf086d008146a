import type { AnchorCheckpoint } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { nameUuid, sha256Hex } from '../digest.js';

/** One `POST /v1/events`: all of it follows from the sealed event, so each try is the same, restarts included. */
export interface ImmutableLogMessage {
  readonly idempotencyKey: string;
  readonly requestId: string;
  /** What the remote computes its `payload_hash` of. */
  readonly payload: string;
  /** Lowercase hex SHA-256 of the payload. */
  readonly payloadHash: string;
  readonly body: string;
}

/** Namespace of the request ids that are derived from event ids. */
const REQUEST_ID_NAMESPACE = Buffer.from('b7f1b2c457a35d0e9f6b3a1f4e0c9d21', 'hex');
const LONGEST_TRAIL = 256;

export function eventMessage(item: DeliveryItem, env: string | undefined): ImmutableLogMessage {
  const { record } = item;
  return message(item.eventId, item.line, {
    type: record.severity,
    event_name: record.action,
    service: record.service.name,
    env,
    immutable_trail: normalizeTrail(record.context?.trail),
  });
}

/** A checkpoint travels as an event whose payload is the signed note. */
export function checkpointMessage(
  { origin, size, note }: AnchorCheckpoint,
  env: string | undefined,
): ImmutableLogMessage {
  return message(nameUuid(REQUEST_ID_NAMESPACE, `${origin}\n${size}\n${note}`), note, {
    type: 'info',
    event_name: 'audit.checkpoint',
    service: origin,
    env,
    immutable_trail: undefined,
  });
}

/** The grouping key as the remote takes it: trimmed, `:` becomes `-`, at most 256 characters; empty means none. */
export function normalizeTrail(trail: string | undefined): string | undefined {
  const text = trail?.trim().replaceAll(':', '-') ?? '';
  if (text === '') return undefined;
  return Array.from(text).slice(0, LONGEST_TRAIL).join('');
}

interface Meta {
  readonly type: string;
  readonly event_name: string;
  readonly service: string;
  readonly env: string | undefined;
  readonly immutable_trail: string | undefined;
}

function message(
  id: string,
  payload: string,
  { type, event_name, service, env, immutable_trail }: Meta,
): ImmutableLogMessage {
  const requestId = nameUuid(REQUEST_ID_NAMESPACE, id);
  const meta = { type, event_name, service, trace_id: id, request_id: requestId, env, immutable_trail };
  const body = JSON.stringify({ payload, meta });
  return { idempotencyKey: id, requestId, payload, payloadHash: sha256Hex(payload), body };
}
