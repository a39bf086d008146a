/**
 * What kind of wrong it is.
 *
 * - `modified`: bytes that do not hash to what the log committed to
 * - `missing`, `inserted`, `reordered`: records that are absent, too many, or in another place
 * - `truncated`: the log is shorter than what is known of it
 * - `rewritten`: a history that fits together by itself and contradicts what is known of it
 * - `split_view`: two signed notes that cannot both be true
 * - `rollback`: the database as a whole is an older one, as after a restore
 * - `stale`: nothing recent to compare with
 * - `unknown_key`, `bad_signature`: a signature that no trusted key made, or that does not fit
 * - `projection_drift`: a column that repeats a field of the record says something else
 * - `section_mismatch`: an erasable section is not the one that the record committed to
 * - `discarded`: content that was let go of after delivery, where this is not expected
 * - `malformed`: what is there has not the form that it must have
 *
 * @publicApi
 */
export const FINDING_CLASSES = [
  'modified',
  'missing',
  'inserted',
  'reordered',
  'truncated',
  'rewritten',
  'split_view',
  'rollback',
  'stale',
  'unknown_key',
  'bad_signature',
  'projection_drift',
  'section_mismatch',
  'discarded',
  'malformed',
] as const;
export type FindingClass = (typeof FINDING_CLASSES)[number];

/** Which check failed. @publicApi */
export type FindingReason =
  /** The record, or a column with its hash, was changed: they do not fit. */
  | 'hash_mismatch'
  /** `previousHash` is not the hash of the stream's record before. */
  | 'broken_chain'
  /** The stream's sequence does not go on by one. */
  | 'sequence_gap'
  /** Positions of the log without a record. */
  | 'missing'
  /** A record where there must not be one. */
  | 'inserted'
  /** The log ends before its head says so. */
  | 'truncated'
  /** The Merkle root of the records is not the one of the head. */
  | 'root_mismatch'
  | 'projection_drift'
  | 'section_mismatch'
  /** Content of delivered events is gone where nobody is known to let go of it. */
  | 'discarded'
  | 'malformed'
  /** The record should be signed and is not. */
  | 'missing_signature'
  | 'bad_signature'
  | 'unknown_key'
  /** The Merkle root of the records is not the one of a signed checkpoint. */
  | 'checkpoint_mismatch'
  /** A checkpoint that was there before is gone. */
  | 'missing_checkpoint'
  | 'split_view'
  | 'rollback'
  | 'stale';

/** One thing that is wrong. @publicApi */
export interface Finding {
  readonly class: FindingClass;
  readonly reason: FindingReason;
  /** `logIndex` of the first record concerned; null when no record is at fault but a row beside the records. */
  readonly index: number | null;
  /** Behind the last record concerned, when it is more than one or not known which one between `index` and here. */
  readonly until?: number;
  readonly eventId: string | null;
  readonly stream?: string;
  /** The column, `actor_id`, or with its table when it is not of `audit_event`, `audit_head.root`. */
  readonly column?: string;
  readonly expected: string | null;
  readonly found: string | null;
  /** The same in words, and what else is known of it. */
  readonly message: string;
  /** Signed notes that are the evidence, verbatim. */
  readonly notes?: readonly string[];
}
