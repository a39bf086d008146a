import type { AuditEvent } from '../event/audit-event.interface.js';
import type { EventPipeline } from '../ledger/event-pipeline.js';
import type { FileIncident, FileIncidentKind } from '../storage/file/incident.interface.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { OperationalLog } from './audit-log.interface.js';
import type { FailureReporter } from './failure-reporter.js';

export interface IncidentParts {
  readonly pipeline: EventPipeline;
  readonly failures: FailureReporter;
  readonly log: OperationalLog;
}

/** What the store repaired by itself, or what somebody else did that may have been right. The rest is a failure. */
const WARNINGS: readonly FileIncidentKind[] = ['torn_tail', 'head_lost', 'lock_taken_over'];
/** What says something about the log's past belongs into the log. */
const RECORDED: readonly FileIncidentKind[] = [
  'torn_tail',
  'records_missing',
  'head_lost',
  'file_changed',
  'manifest_broken',
];

/** Damage that a store finds in its files is told to whoever runs the application, and to the log itself. */
export function reportIncidents(storage: AuditStorage, { pipeline, failures, log }: IncidentParts): void {
  storage.followIncidents?.((incident) => {
    const { kind, message, file, cause } = incident;
    if (WARNINGS.includes(kind)) log.warn(`Audit trail: ${message}`);
    else failures.report(`storage.${kind}`, new Error(message, { cause }), { file });
    if (RECORDED.includes(kind)) pipeline.record(incidentEvent(incident));
  });
}

/** A torn end is a gap: something was being written that is not in the log. */
function incidentEvent({ kind, message, file, records, bytes, keptIn }: FileIncident): AuditEvent {
  const gap = kind === 'torn_tail';
  return {
    action: gap ? 'audit.gap' : 'audit.storage_incident',
    outcome: 'failure',
    severity: 'error',
    actor: { type: 'system', authMethod: 'internal' },
    reason: { code: kind },
    ...(gap && { flags: ['gap'] }),
    metadata: {
      reason: kind,
      file,
      ...(records !== undefined && { records }),
      ...(bytes !== undefined && { bytes }),
      ...(keptIn !== undefined && { keptIn }),
      explanation: message,
    },
  };
}
