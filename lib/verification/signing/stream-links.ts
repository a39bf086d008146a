import type { ChainAlgorithm } from '../../event/audit-record.interface.js';
import { isDiscarded } from '../../ledger/discarded-event.js';
import type { StoredEvent, StreamHead } from '../../ledger/ledger-store.port.js';
import { chainHash } from '../../ledger/sealing/chain-hash.js';
import { MalformedRecord, readRecord } from '../verifier/record/read-record.js';
import type { RecordCheck } from './record-pass.js';
import type { SignableLog } from './signable-log.port.js';
import { SigningRefusedError } from './signing-refused.error.js';

/** What a record says of its place in a stream. */
interface Link {
  readonly stream: string;
  readonly sequence: number;
  /** Undefined when the content was let go of, and the record with it. */
  readonly previousHash: string | null | undefined;
  readonly hash: string;
}

/**
 * Checks that each new record follows the one before it in its stream. Sealing takes the end of a stream from
 * `audit_stream`, which nothing vouches for: an edited row would put a break into the chain, or a text of somebody's
 * choice into a record, and the signature over it would say that all was well.
 */
export class StreamLinks implements RecordCheck {
  private readonly heads = new Map<string, StreamHead>();

  constructor(private readonly log: Pick<SignableLog, 'findPage'>) {}

  /**
   * Takes the next record of the log.
   * @throws SigningRefusedError it is no record, or does not name the one before it
   */
  async follow(row: StoredEvent): Promise<void> {
    const link = linkOf(row);
    const { stream, sequence, previousHash, hash } = link;
    const head = this.heads.get(stream) ?? (await this.headBefore(link, row.logIndex));
    if (previousHash !== undefined && previousHash !== head.lastHash) throw broken(row, head.lastHash, previousHash);
    if (sequence !== head.nextSequence) throw outOfSequence(row, head.nextSequence, sequence);
    this.heads.set(stream, { name: stream, nextSequence: sequence + 1, lastHash: hash });
  }

  /** The end of the stream in front of the first new record. */
  private async headBefore({ stream, sequence }: Link, logIndex: number): Promise<StreamHead> {
    if (sequence === 0) return { name: stream, nextSequence: 0, lastHash: null };
    const [previous] = await this.log.findPage({
      direction: 'descending',
      after: logIndex,
      limit: 1,
      stream,
      sequence: sequence - 1,
      discarded: true,
    });
    if (!previous) return { name: stream, nextSequence: 0, lastHash: null };
    return { name: stream, nextSequence: sequence, lastHash: linkOf(previous).hash };
  }
}

function linkOf(row: StoredEvent): Link {
  const { stream, sequence, hash, record } = row;
  if (isDiscarded(row)) return { stream, sequence, previousHash: undefined, hash };
  const reading = readRecord(record);
  if (reading instanceof MalformedRecord) throw malformed(row, reading.why);
  return { ...reading, hash: chainHash(reading.alg as ChainAlgorithm, record) };
}

function malformed({ logIndex }: StoredEvent, why: string): SigningRefusedError {
  return new SigningRefusedError(
    { state: 'modified', index: logIndex, expected: null, found: null },
    `Record ${logIndex} is malformed: ${why}. No checkpoint is signed over it. Verify the log, and look into who wrote ` +
      'to audit_stream.',
  );
}

function broken({ logIndex, stream }: StoredEvent, expected: string | null, found: string | null): SigningRefusedError {
  return new SigningRefusedError(
    { state: 'modified', index: logIndex, expected, found },
    `Record ${logIndex} names another predecessor than the one that stands before it in the stream "${stream}". That one ` +
      'was replaced, or its hash in audit_stream was changed before this record was sealed. No checkpoint is signed over ' +
      'it. Verify the log, and keep a copy of the database.',
  );
}

function outOfSequence({ logIndex, stream }: StoredEvent, expected: number, found: number): SigningRefusedError {
  return new SigningRefusedError(
    { state: 'modified', index: logIndex, expected: String(expected), found: String(found) },
    `Record ${logIndex} has the sequence ${found} in the stream "${stream}", where ${expected} must follow. Records are ` +
      'missing, or audit_stream was changed before this one was sealed. No checkpoint is signed over it. Verify the log, ' +
      'and keep a copy of the database.',
  );
}
