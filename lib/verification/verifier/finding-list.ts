import { isEvidence } from './evidence.js';
import type { Finding, FindingReason } from './finding.interface.js';

/**
 * Collects findings: a bounded number is kept, at least one, and all are counted. Where only some can be kept, evidence
 * of a change is among them: many findings that prove nothing must not hide the one that does.
 */
export class FindingList {
  private readonly limit: number;
  private kept: Finding[] = [];
  private count = 0;

  constructor(limit: number) {
    this.limit = Math.max(1, limit);
  }

  get total(): number {
    return this.count;
  }

  add(finding: Finding): void {
    this.count++;
    this.kept.push(finding);
    // What is found at the end may concern the beginning, so the furthest is let go, not the latest.
    if (this.kept.length > this.limit * 2) this.kept = this.sorted();
  }

  /** What was first taken for one thing turns out to be another. */
  replace(before: Finding, after: Finding): void {
    const position = this.kept.indexOf(before);
    if (position >= 0) this.kept[position] = after;
  }

  /**
   * By position; those of one position in the order of the checks. What is only known to lie somewhere in a range comes
   * behind what is known exactly, and what concerns no record at the end.
   */
  sorted(): Finding[] {
    const all = this.kept
      .map((finding, order) => ({ finding, order, exactness: exactnessOf(finding), at: finding.index ?? 0 }))
      .sort((a, b) => a.exactness - b.exactness || a.at - b.at || a.order - b.order)
      .map(({ finding }) => finding);
    const first = all.slice(0, this.limit);
    const evidence = first.some(isEvidence) ? undefined : all.find(isEvidence);
    return evidence ? [...first.slice(0, -1), evidence] : first;
  }
}

/** Findings that name a stretch of the log in which something is wrong, not what is wrong in it. */
const VAGUE: ReadonlySet<FindingReason> = new Set(['root_mismatch', 'checkpoint_mismatch']);

function exactnessOf({ index, until, reason }: Finding): number {
  if (index === null) return 2;
  return until !== undefined && VAGUE.has(reason) ? 1 : 0;
}
