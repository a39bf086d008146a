import type { Finding } from '../verifier/finding.interface.js';
import type { CheckpointClaim } from './checkpoint-claim.interface.js';
import type { ClaimComparison } from './claim-comparison.js';

/** What is known of the log's past when all has been read. */
export interface HistoryFacts {
  /** Number of records that the head counts. */
  readonly size: number;
  readonly comparison: ClaimComparison;
  /** Claims about more records than there are, smallest first. */
  readonly beyond: readonly CheckpointClaim[];
  /** Sizes of checkpoints that are known from elsewhere and that the database does not have any more. */
  readonly lost: readonly number[];
  /** Whether the database keeps checkpoints of its own that could tell. */
  readonly databaseTells: boolean;
  /** Whether the records, their columns and the head fit together by themselves. */
  readonly sound: boolean;
}

/**
 * Says in one word what happened to the log as a whole.
 *
 * A database that was restored from a backup is an older one in every respect: it fits together, all that it knows of
 * itself is true, and it knows nothing of what came later. Somebody who cuts off the end, or makes a new one, and
 * takes away the database's own checkpoints leaves the same picture, which is why a rollback is no good news either.
 */
export function judgeHistory(facts: HistoryFacts): Finding[] {
  const { comparison, beyond, lost } = facts;
  const findings: Finding[] = [];
  const split = comparison.splitView;
  if (split) findings.push(split);
  const { rewritten } = comparison;
  const past = rewritten?.from ?? facts.size;
  const restored = isOlderDatabase(facts, past);
  if (rewritten && !(split && comparison.explainedBySplit)) findings.push(...describeRewrite(rewritten, restored));
  if (beyond.length > 0 && !(restored && rewritten)) findings.push(describeShortage(facts, restored));
  const missing = lost.filter((size) => size <= past || !restored);
  if (missing.length > 0) findings.push(describeLost(missing));
  return findings;
}

/** @param past size up to which everything is as it was signed */
function isOlderDatabase({ comparison, beyond, lost, databaseTells, sound }: HistoryFacts, past: number): boolean {
  if (!sound || !databaseTells || comparison.splitView) return false;
  if (comparison.contradicted.some(isInDatabase)) return false;
  if (comparison.contradicted.length > 0 && past === 0) return false;
  return !beyond.some(isInDatabase) && !lost.some((size) => size <= past);
}

function isInDatabase({ keeper }: CheckpointClaim): boolean {
  return keeper === 'database';
}

function describeRewrite({ from, claim }: NonNullable<ClaimComparison['rewritten']>, restored: boolean): Finding[] {
  const { size, root, present, source, note } = claim;
  const until = size - from === 1 ? {} : { until: size };
  return [
    {
      class: restored ? 'rollback' : 'rewritten',
      reason: restored ? 'rollback' : 'checkpoint_mismatch',
      index: from,
      ...until,
      eventId: null,
      expected: `${size} ${root}`,
      found: `${size} ${present}`,
      message: restored
        ? `The database went back to ${from} records or a few more and grew anew: ${source} says otherwise of the first ` +
          `${size}, and the database knows nothing of it. It was restored from a backup, or its end was rewritten. ${AFTER_RESTORE}`
        : `The records are not those that were signed: ${source} says otherwise of the first ${size}. ` +
          (from === 0
            ? 'The history was rewritten; no earlier checkpoint tells from where on.'
            : `The history was rewritten behind record ${from - 1}, up to which it is as it was signed.`),
      ...(note === null ? {} : { notes: [note] }),
    },
  ];
}

function describeShortage({ size, beyond }: HistoryFacts, restored: boolean): Finding {
  const most = beyond[beyond.length - 1];
  return {
    class: restored ? 'rollback' : 'truncated',
    reason: restored ? 'rollback' : 'truncated',
    index: size,
    ...(most.size - size === 1 ? {} : { until: most.size }),
    eventId: null,
    expected: `${most.size} ${most.root}`,
    found: String(size),
    message: restored
      ? `The database has ${size} records; ${most.source} is of ${most.size}. It is an older one in every respect: it was ` +
        `restored from a backup, or its end and its checkpoints were cut off. ${AFTER_RESTORE}`
      : `The log has ${size} records; ${most.source} is of ${most.size}. Its end was cut off.`,
    ...(most.note === null ? {} : { notes: [most.note] }),
  };
}

function describeLost(sizes: readonly number[]): Finding {
  const [first] = sizes;
  return {
    class: 'missing',
    reason: 'missing_checkpoint',
    index: null,
    eventId: null,
    column: 'audit_checkpoint.size',
    expected: sizes.slice(0, 10).join(', '),
    found: null,
    message:
      `The database lost ${sizes.length === 1 ? `its checkpoint of size ${first}` : `${sizes.length} checkpoints, the first of size ${first}`}, ` +
      'which is known from elsewhere. Rows of audit_checkpoint were deleted.',
  };
}

const AFTER_RESTORE = 'If you restored it, see "Restore from backup" in docs/operations.md.';
