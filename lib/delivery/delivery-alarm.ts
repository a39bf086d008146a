/**
 * - `sink_held`: the destination refuses us (key, address, configuration); nothing is skipped, all waits
 * - `sink_failing`: passing failures do not pass; the circuit breaker is open
 * - `sink_recovered`: it works again
 * - `event_failed`: the destination refused one event for good; it can be re-driven
 * - `route_failed`: a routing function threw, so the event is kept back from that sink
 * - `receipt_finding`: delivered, but the answer contradicts what was sent
 * - `required_sink_unavailable`: a sink that events require is held, failing or switched off
 * - `log_gap`: rows are missing from the log where the cursor stands
 * - `content_discarded`: events cannot be sent there any more, since mode `remote` let go of their content
 * - `spool_stuck`: mode `remote` cannot let go of anything behind an event that no remote has
 * - `store_failure`: the state of delivery can't be read or written
 * - `sinks_off`: sinks are configured that the mode switches off
 */
export type DeliveryAlarmKind =
  | 'sink_held'
  | 'sink_failing'
  | 'sink_recovered'
  | 'event_failed'
  | 'route_failed'
  | 'receipt_finding'
  | 'required_sink_unavailable'
  | 'log_gap'
  | 'content_discarded'
  | 'spool_stuck'
  | 'store_failure'
  | 'sinks_off';

/** Something a person should know about delivery. */
export interface DeliveryAlarm {
  readonly kind: DeliveryAlarmKind;
  readonly sink: string;
  /** Whether events require this sink. */
  readonly required: boolean;
  /** What happened and what to do; redacted. */
  readonly message: string;
  readonly eventId?: string;
  readonly logIndex?: number;
}
