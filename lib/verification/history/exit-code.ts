import { isEvidence } from '../verifier/evidence.js';
import type { Finding, FindingClass } from '../verifier/finding.interface.js';

/**
 * 0 without findings; 1 if one of them is evidence that something was changed; 2 if nothing can be said for certain.
 *
 * @publicApi
 */
export function exitCodeOf(findings: readonly Finding[]): 0 | 1 | 2 {
  if (findings.length === 0) return 0;
  return findings.some(isEvidence) ? 1 : 2;
}

/** The class that a verdict is named after: the first evidence, else the first finding. */
export function verdictOf(findings: readonly Finding[]): 'valid' | FindingClass {
  return (findings.find(isEvidence) ?? findings[0])?.class ?? 'valid';
}
