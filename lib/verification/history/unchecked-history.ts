import type { AuditVerifierSettings } from './audit-verifier.js';
import type { VerifiedPrefix } from './verifier-state.js';

export interface HistoryRunFacts {
  /** What was not read in this run but for a part. */
  readonly base: VerifiedPrefix | null;
  readonly reread: number;
  /** Signed checkpoints that could not be compared, because records are missing. */
  readonly incomparable: number;
  /** Name of another log that the memory was of. */
  readonly other: string | null;
}

/** What a run leaves out, in words. */
export function describeUncheckedHistory(
  { trust, anchors = [], checkpoints, state }: AuditVerifierSettings,
  { base, reread, incomparable, other }: HistoryRunFacts,
): string[] {
  const unchecked: string[] = [];
  if (base) unchecked.push(`records before ${base.size}, which an earlier run verified, but for ${reread} of them`);
  if (!trust) unchecked.push('signed checkpoints: no keys were given');
  else if (anchors.length === 0) {
    unchecked.push(
      checkpoints
        ? "anchors: none were given, and the database's own checkpoints can be taken away with its records"
        : 'signed checkpoints: none were given',
    );
  }
  if (incomparable > 0) unchecked.push(`${incomparable} signed checkpoints, because records before them are missing`);
  if (other !== null) unchecked.push(`what was remembered of the log "${other}": the log has another name now`);
  if (state?.insideDatabase) {
    unchecked.push("whether the verifier's memory is genuine: it is kept in the log's own database");
  }
  return unchecked;
}
