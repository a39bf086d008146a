import type { Finding, FindingClass } from './finding.interface.js';

/** Classes that are no evidence of a change, but keep a verdict from being good. */
const INCONCLUSIVE: ReadonlySet<FindingClass> = new Set(['stale', 'unknown_key', 'discarded']);

export function isEvidence(finding: Finding): boolean {
  return !INCONCLUSIVE.has(finding.class);
}
