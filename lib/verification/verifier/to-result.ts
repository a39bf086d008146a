import type { FindingList } from './finding-list.js';
import type { VerificationResult, VerificationSummary } from './verification-result.interface.js';

/** Puts facts and findings together; the first finding is repeated on top. */
export function toResult(
  summary: Omit<VerificationSummary, 'findings' | 'totalFindings'>,
  list: FindingList,
): VerificationResult {
  const findings = list.sorted();
  const complete = { ...summary, findings, totalFindings: list.total };
  const [first] = findings;
  if (!first) return { valid: true, ...complete };
  const { index: errorIndex, reason, expected, found, eventId } = first;
  return { valid: false, errorIndex, reason, expected, found, eventId, ...complete };
}
