import type { Outcome, SectionName, Severity } from './audit-event.interface.js';

/** The columns of `audit_event` that repeat fields of the record so that SQL can filter by them. */
export interface EventColumns {
  /** RFC 3339, UTC, microseconds: `2026-11-21T20:44:00.123456Z`. Text, so that no time zone can touch it. */
  readonly occurredAt: string;
  readonly action: string;
  readonly outcome: Outcome;
  readonly severity: Severity;
  readonly actorId: string | null;
  readonly actorType: string;
  readonly resourceType: string | null;
  readonly resourceId: string | null;
  readonly tenantId: string | null;
  readonly requestId: string | null;
  readonly correlationId: string | null;
}

/** JCS text of one section; salt and commitment are added when the event is sealed. */
export interface SectionText {
  readonly name: SectionName;
  readonly json: string;
}

/**
 * An event that is complete but for its place in the log. Its record is already canonical text, cut where
 * sealing has to insert something: `parts[0] alg parts[1] previousHash parts[2] sections sequence parts[3]`.
 * Plain strings only, so that it crosses thread borders, spool files and the outbox unchanged.
 */
export interface SealableEvent {
  readonly id: string;
  readonly stream: string;
  readonly parts: readonly [string, string, string, string];
  /** Sorted by name; at most one of each. */
  readonly sections: readonly SectionText[];
  readonly columns: EventColumns;
}
