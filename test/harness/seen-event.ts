import type { AuditRecord } from '../../lib/event/audit-record.interface.js';
import type { SectionName } from '../../lib/event/audit-event.interface.js';
import type { AuditEntry } from '../../lib/reports/audit-query.interface.js';

/** An event as it was read back: the record's fields without those of its place in the chain, and its sections by name. */
export type SeenEvent = Omit<AuditRecord, 'sections' | 'sequence' | 'previousHash' | 'alg'> & {
  readonly [Name in SectionName]?: any;
};

export function seenEvent({ record, sections }: AuditEntry): SeenEvent {
  const { alg: _alg, previousHash: _previousHash, sequence: _sequence, sections: _commitments, ...fields } = record;
  return { ...fields, ...sections } as unknown as SeenEvent;
}
