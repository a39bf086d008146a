import type { ChainAlgorithm } from '../../event/audit-record.interface.js';
import type { EventColumns } from '../../event/sealable-event.js';
import { isDiscarded, withoutContent } from '../../ledger/discarded-event.js';
import type { StoredEvent } from '../../ledger/ledger-store.port.js';
import { chainHash } from '../../ledger/sealing/chain-hash.js';
import { display } from './display.js';
import type { Finding } from './finding.interface.js';
import { MalformedRecord, readRecord } from './record/read-record.js';
import type { RecordReading } from './record/record-reading.interface.js';
import { checkSections } from './section-checker.js';
import { PendingSignature } from './signature-checker.js';
import type { SignatureChecker, SignatureProblem } from './signature-checker.js';

/** A row after its own checks: what its place in the log is judged by. */
export interface CheckedRow {
  readonly index: number;
  readonly eventId: string;
  readonly stream: string;
  readonly sequence: number;
  /** Undefined when the record cannot be trusted to say it. */
  readonly previousHash: string | null | undefined;
  /** Hash of the bytes that are there. */
  readonly hash: string;
  /** Hash in the column: of the bytes that were sealed, if the record was changed. */
  readonly storedHash: string;
  /** Hash for the Merkle tree, 64 hex digits; null when that of the sealed bytes is not known. */
  readonly leafHash: string | null;
  /** Whether the record is the one that was hashed, as far as its own row tells. */
  readonly intact: boolean;
  /** Its content was let go of after delivery. */
  readonly discarded?: boolean;
  readonly occurredAt: string;
}

const SCRATCH_BYTES = 256 * 1024;
const MOST_BYTES_PER_UNIT = 3;
const HEX_64 = /^[0-9a-f]{64}$/;

type Place = Pick<Finding, 'index' | 'eventId' | 'stream'>;

/** Columns that repeat a field of the record, and the properties that hold them. */
const PROJECTIONS = [
  ['occurred_at', 'occurredAt'],
  ['action', 'action'],
  ['outcome', 'outcome'],
  ['severity', 'severity'],
  ['actor_id', 'actorId'],
  ['actor_type', 'actorType'],
  ['resource_type', 'resourceType'],
  ['resource_id', 'resourceId'],
  ['tenant_id', 'tenantId'],
  ['request_id', 'requestId'],
  ['correlation_id', 'correlationId'],
] as const satisfies readonly (readonly [string, keyof EventColumns])[];

/** Byte 0 stays zero, the prefix of a Merkle leaf; the record is written behind it and hashed with and without. */
const scratch = Buffer.alloc(SCRATCH_BYTES);

/**
 * Checks what one row can say by itself: its hashes, the form of its record, its columns, its sections, its signature.
 *
 * Once a record does not fit its hash nothing else is compared with it, so that one change is one finding.
 */
export class RowChecker {
  private readonly pending: { readonly where: Place; readonly signature: PendingSignature }[] = [];

  constructor(
    private readonly algorithm: ChainAlgorithm,
    private readonly signatures: SignatureChecker,
    private readonly report: (finding: Finding) => void,
    /** Sections that are not there are none that were taken away. */
    private readonly partialSections = false,
  ) {}

  check(row: StoredEvent): CheckedRow {
    const { record } = row;
    if (typeof record !== 'string') return this.unreadable(row);
    if (isDiscarded(row) && !isEmptied(row)) return this.discarded(row);
    const leaf = leafBytes(record);
    const bytes = leaf.subarray(1);
    const hash = chainHash(this.algorithm, bytes);
    const leafHash = chainHash('sha256', leaf);
    const intact = hash === row.hash || leafHash === row.leafHash;
    if (hash !== row.hash || leafHash !== row.leafHash) this.reportHash(row, hash, leafHash);

    const reading = readRecord(record);
    if (intact && reading instanceof MalformedRecord) {
      this.add(row, { column: 'record', expected: null, found: null }, `The record is malformed: ${reading.why}.`);
    }
    if (!intact || reading instanceof MalformedRecord) return fromColumns(row, hash, intact ? leafHash : row.leafHash);

    if (reading.alg !== this.algorithm) {
      this.add(
        row,
        { column: 'record', expected: this.algorithm, found: reading.alg },
        `The record says that it is hashed with ${reading.alg}; the log is hashed with ${this.algorithm}.`,
      );
    }
    this.checkColumns(row, reading);
    for (const { expected, found, why } of checkSections(reading.sections, row.sections, this.partialSections)) {
      this.report({
        ...place(row),
        eventId: reading.id,
        class: 'section_mismatch',
        reason: 'section_mismatch',
        column: 'sections',
        expected,
        found,
        message: `The sections do not fit the record: ${why}.`,
      });
    }
    const signature = this.signatures.check(row.logIndex, row.signature, bytes);
    if (signature) {
      const where = { ...place(row), eventId: reading.id };
      if (signature instanceof PendingSignature) this.pending.push({ where, signature });
      else this.reportSignature(where, signature);
    }
    return {
      index: row.logIndex,
      eventId: reading.id,
      // The column's text, which does not keep the whole record in memory as a part of it would.
      stream: reading.stream === row.stream ? row.stream : reading.stream,
      sequence: reading.sequence,
      previousHash: reading.previousHash,
      hash,
      storedHash: row.hash,
      leafHash,
      intact: true,
      occurredAt: reading.columns.occurredAt,
    };
  }

  /** Computes the signatures of the rows since the last call, at once, and reports those that are bad. */
  async settle(): Promise<void> {
    if (this.pending.length === 0) return;
    const pending = this.pending.splice(0);
    const problems = await Promise.all(pending.map(({ signature }) => signature.verify()));
    problems.forEach((problem, n) => {
      if (problem) this.reportSignature(pending[n].where, problem);
    });
  }

  private reportSignature(where: Place, { why, ...rest }: SignatureProblem): void {
    this.report({ ...where, ...rest, column: 'signature', message: `The event's own signature: ${why}.` });
  }

  private reportHash(row: StoredEvent, hash: string, leafHash: string): void {
    const finding = { ...place(row), class: 'modified', reason: 'hash_mismatch' } as const;
    if (hash !== row.hash && leafHash !== row.leafHash) {
      this.report({
        ...finding,
        column: 'record',
        expected: display(row.hash),
        found: hash,
        message: 'The record was changed: its bytes hash to neither of the hashes beside it.',
      });
    } else if (hash !== row.hash) {
      this.report({
        ...finding,
        column: 'hash',
        expected: hash,
        found: display(row.hash),
        message: 'The hash beside the record was changed: the record still fits its leaf hash.',
      });
    } else {
      this.report({
        ...finding,
        column: 'leaf_hash',
        expected: leafHash,
        found: display(row.leafHash),
        message: 'The leaf hash beside the record is not that of the record, though the record fits its other hash.',
      });
    }
  }

  private checkColumns(row: StoredEvent, { id, stream, sequence, columns }: RecordReading): void {
    if (row.eventId !== id) this.reportDrift(row, id, 'event_id', id, row.eventId);
    if (row.stream !== stream) this.reportDrift(row, id, 'stream', stream, row.stream);
    if (row.sequence !== sequence) this.reportDrift(row, id, 'sequence', String(sequence), row.sequence);
    for (let i = 0; i < PROJECTIONS.length; i++) {
      const [column, property] = PROJECTIONS[i];
      if (row[property] !== columns[property]) this.reportDrift(row, id, column, columns[property], row[property]);
    }
  }

  private reportDrift(row: StoredEvent, id: string, column: string, expected: string | null, found: unknown): void {
    this.report({
      ...place(row),
      eventId: id,
      class: 'projection_drift',
      reason: 'projection_drift',
      column,
      expected: display(expected),
      found: display(found),
      message: `The column ${column} does not say what the record says. The record fits its hash; the column was changed.`,
    });
  }

  /** Nothing is left to hash: the leaf hash is checked by the root over all of them. */
  private discarded(row: StoredEvent): CheckedRow {
    const empty = withoutContent(row, { keepSections: true });
    for (const [column, property] of PROJECTIONS) {
      if (row[property] !== empty[property]) this.reportDrift(row, row.eventId, column, empty[property], row[property]);
    }
    const checked = { ...fromColumns(row, row.hash, row.leafHash), intact: true, discarded: true };
    if (checked.leafHash === null) {
      const what = { column: 'leaf_hash', expected: '64 hex digits', found: display(row.leafHash) };
      this.add(row, what, 'The content was discarded, and the leaf hash that has to stand for it is none.');
    }
    return checked;
  }

  private unreadable(row: StoredEvent): CheckedRow {
    this.add(
      row,
      { column: 'record', expected: 'text', found: display(typeof row.record) },
      'The record is not text, so there are no bytes to hash.',
    );
    return fromColumns(row, row.hash, row.leafHash);
  }

  private add(row: StoredEvent, rest: Pick<Finding, 'column' | 'expected' | 'found'>, message: string): void {
    this.report({ ...place(row), class: 'malformed', reason: 'malformed', ...rest, message });
  }
}

/** Letting go of an event empties its columns as well: here somebody has emptied the record alone. */
function isEmptied({ action, outcome, severity, actorType }: StoredEvent): boolean {
  return [action, outcome, severity, actorType].every((column: string) => column !== '');
}

function place(row: StoredEvent): Place {
  return { index: row.logIndex, eventId: display(row.eventId), stream: display(row.stream) ?? undefined };
}

/** Where the record cannot be believed, the columns say best where the row belonged. */
function fromColumns(row: StoredEvent, hash: string, leafHash: string): CheckedRow {
  return {
    index: row.logIndex,
    eventId: row.eventId,
    stream: row.stream,
    sequence: row.sequence,
    previousHash: undefined,
    hash,
    storedHash: row.hash,
    // A column may hold bytes that only read like the text.
    leafHash: typeof leafHash === 'string' && HEX_64.test(leafHash) ? leafHash : null,
    intact: false,
    occurredAt: row.occurredAt,
  };
}

function leafBytes(record: string): Buffer {
  if (record.length * MOST_BYTES_PER_UNIT < SCRATCH_BYTES) return scratch.subarray(0, 1 + scratch.write(record, 1));
  const bytes = Buffer.alloc(1 + Buffer.byteLength(record));
  bytes.write(record, 1);
  return bytes;
}
