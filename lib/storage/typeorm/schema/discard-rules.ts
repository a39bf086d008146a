/** Columns by which an event can be proven, wherever its content is. */
const PROOF = ['log_index', 'event_id', 'stream', 'sequence', 'hash', 'leaf_hash', 'signature', 'occurred_at'];
const EMPTY = ['record', 'action', 'outcome', 'severity', 'actor_type'];
const ABSENT = ['actor_id', 'resource_type', 'resource_id', 'tenant_id', 'request_id', 'correlation_id'];

const HAS_RECEIPT = "EXISTS (SELECT 1 FROM audit_receipt WHERE event_id = OLD.event_id AND status = 'delivered')";
/** Runs of one sink don't overlap: only the last one that begins before the event can hold it. */
const IS_IN_RUN =
  'EXISTS (SELECT 1 FROM audit_delivery d JOIN audit_receipt_run r ON r.sink = d.sink AND r.first_index = ' +
  '(SELECT MAX(m.first_index) FROM audit_receipt_run m WHERE m.sink = d.sink AND m.first_index <= OLD.log_index) ' +
  'WHERE r.last_index >= OLD.log_index)';

/**
 * An event may lose its content, nothing else, and only when a destination acknowledged it. Who can write receipts can
 * forge one; the hashes stay all the same, so an event can be made unreadable here, but never another one.
 *
 * @param same the operator by which two values are compared, NULL being equal to NULL
 */
export function eventKeepsItsProof(same: string): string {
  return [
    ...PROOF.map((column) => `NEW.${column} ${same} OLD.${column}`),
    ...EMPTY.map((column) => `NEW.${column} = ''`),
    ...ABSENT.map((column) => `NEW.${column} IS NULL`),
    `(NEW.sections IS NULL OR NEW.sections ${same} OLD.sections)`,
    `(${HAS_RECEIPT} OR ${IS_IN_RUN})`,
  ].join(' AND ');
}

/** The mark only rises, over events whose content is gone, and never over the last one. */
export function headKeepsItsRows(): string {
  return (
    'NEW.discarded_below = OLD.discarded_below OR ' +
    '(NEW.discarded_below > OLD.discarded_below AND NEW.discarded_below < NEW.size AND NOT EXISTS ' +
    '(SELECT 1 FROM audit_event WHERE log_index >= OLD.discarded_below AND log_index < NEW.discarded_below ' +
    "AND record <> ''))"
  );
}
