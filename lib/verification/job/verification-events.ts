import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { AuditVerdict } from '../history/audit-verdict.interface.js';

const MAX_FINDINGS = 10;
const SYSTEM = { type: 'system', authMethod: 'internal' } as const;

/** What the log says of its own verification. */
export function verdictEvent(verdict: AuditVerdict): AuditEvent {
  const { exitCode, size, root, durationMs, mode, newEvents, rereadEvents, checkpointsCompared } = verdict;
  const facts = {
    verdict: verdict.verdict,
    size,
    root,
    durationMs,
    mode,
    newEvents,
    rereadEvents,
    checkpointsCompared,
    checkpointSize: verdict.checkpoint?.size ?? null,
    findings: verdict.totalFindings,
  };
  if (exitCode === 0) {
    return { action: 'audit.verified', actor: SYSTEM, outcome: 'success', severity: 'info', metadata: facts };
  }
  const first = verdict.findings
    .slice(0, MAX_FINDINGS)
    .map(({ class: kind, reason, index, column, message }) => ({ class: kind, reason, index, column, message }));
  return {
    action: exitCode === 1 ? 'audit.integrity_violation' : 'audit.verification_inconclusive',
    actor: SYSTEM,
    outcome: 'failure',
    severity: exitCode === 1 ? 'error' : 'warning',
    reason: { code: verdict.verdict },
    metadata: { ...facts, first },
  };
}

/** A run that came to no verdict. */
export function failureEvent(error: unknown): AuditEvent {
  return {
    action: 'audit.verification_failed',
    actor: SYSTEM,
    outcome: 'failure',
    severity: 'error',
    error,
  };
}
