import { EMPTY_ROOT, leafHash } from '../merkle/index.js';
import type { CompactRange } from '../merkle/index.js';
import type { ChainAlgorithm } from '../../event/audit-record.interface.js';
import type { SealableEvent } from '../../event/sealable-event.js';
import type { AppendBatch, LogHead, StoredEvent, StreamHead } from '../ledger-store.port.js';
import { chainHash } from './chain-hash.js';
import type { EventSigner } from './event-signer.interface.js';
import { RecordTooLargeError } from './record-too-large.error.js';
import { commitSections } from './section-commitment.js';
import type { CommittedSections } from './section-commitment.js';

/** What a tile's entry bundle can hold (16-bit length); the event builder stays far below it. */
export const MAX_RECORD_BYTES = 65_535;

export interface SealState {
  readonly head: LogHead;
  /** Belongs to the caller; sealing appends to it. */
  readonly range: CompactRange;
  readonly streams: ReadonlyMap<string, StreamHead>;
}

export interface SealOptions {
  readonly algorithm: ChainAlgorithm;
  readonly signer?: EventSigner;
}

export interface SealedBatch {
  readonly batch: AppendBatch;
  /** `previousHash` of each row, for receipts. */
  readonly previousHashes: readonly (string | null)[];
}

/** An event with its sections committed to: work that does not depend on the place in the log, so it is done once. */
export interface CommittedEvent {
  readonly event: SealableEvent;
  readonly committed: CommittedSections | null;
}

export function commitEvent(event: SealableEvent): CommittedEvent {
  return { event, committed: commitSections(event.sections) };
}

/**
 * Gives each event its place: `logIndex`, `sequence`, `previousHash`, `hash`, leaf hash, in the order given.
 * Pure but for `state.range`, which is advanced.
 */
export function sealBatch(events: readonly CommittedEvent[], state: SealState, options: SealOptions): SealedBatch {
  const { head, range } = state;
  const { algorithm, signer } = options;
  const streams = new Map<string, { name: string; nextSequence: number; lastHash: string | null }>();
  const rows: StoredEvent[] = new Array(events.length);
  const previousHashes: (string | null)[] = new Array(events.length);
  const algorithmText = `"${algorithm}"`;

  for (let i = 0; i < events.length; i++) {
    const { event, committed } = events[i];
    let stream = streams.get(event.stream);
    if (!stream) {
      const known = state.streams.get(event.stream);
      stream = { name: event.stream, nextSequence: known?.nextSequence ?? 0, lastHash: known?.lastHash ?? null };
      streams.set(event.stream, stream);
    }
    const sequence = stream.nextSequence;
    const [first, second, third, last] = event.parts;
    previousHashes[i] = stream.lastHash;
    const previous = stream.lastHash === null ? 'null' : `"${stream.lastHash}"`;
    const commitments = committed ? `,"sections":${committed.commitments}` : '';
    const record = `${first}${algorithmText}${second}${previous}${third}${commitments},"sequence":${sequence}${last}`;
    const bytes = Buffer.from(record);
    if (bytes.length > MAX_RECORD_BYTES) {
      throw new RecordTooLargeError(event.id, bytes.length, MAX_RECORD_BYTES);
    }
    const hash = chainHash(algorithm, bytes);
    const leaf = leafHash(bytes);
    range.append(leaf);
    rows[i] = {
      logIndex: head.size + i,
      eventId: event.id,
      stream: event.stream,
      sequence,
      record,
      hash,
      leafHash: leaf.toString('hex'),
      signature: signer ? signatureText(signer, bytes) : null,
      sections: committed ? committed.stored : null,
      occurredAt: event.columns.occurredAt,
      action: event.columns.action,
      outcome: event.columns.outcome,
      severity: event.columns.severity,
      actorId: event.columns.actorId,
      actorType: event.columns.actorType,
      resourceType: event.columns.resourceType,
      resourceId: event.columns.resourceId,
      tenantId: event.columns.tenantId,
      requestId: event.columns.requestId,
      correlationId: event.columns.correlationId,
    };
    stream.nextSequence = sequence + 1;
    stream.lastHash = hash;
  }

  const after: LogHead = {
    size: head.size + rows.length,
    root: range.root().toString('hex'),
    compactRange: range.toHex(),
    createdAt: head.size === 0 && rows.length > 0 ? rows[0].occurredAt : head.createdAt,
    origin: head.origin,
  };
  const before = { size: head.size, root: head.root };
  return { batch: { before, after, rows, streams: [...streams.values()] }, previousHashes };
}

export const EMPTY_HEAD: LogHead = {
  size: 0,
  root: EMPTY_ROOT.toString('hex'),
  compactRange: [],
  createdAt: '',
  origin: '',
};

function signatureText(signer: EventSigner, record: Uint8Array): string {
  const signature = Buffer.from(signer.sign(record)).toString('base64');
  return JSON.stringify({ alg: signer.algorithm, keyId: signer.keyId, sig: signature });
}
