import type { AuditEvent } from '../../event/audit-event.interface.js';
import type { LeaseStore } from '../../ledger/lease-store.port.js';
import type { DeliveryAlarm } from '../delivery-alarm.js';
import type { DeliveryClock } from '../delivery-clock.js';
import type { DeliveryStore } from '../delivery-store.port.js';
import type { DeliveryLog } from './delivery-log.js';

/** What the dispatcher is made of. */
export interface DispatchParts {
  readonly log: DeliveryLog;
  readonly store: DeliveryStore;
  readonly leases: LeaseStore;
  readonly clock: DeliveryClock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Unique to this process: the holder of its leases. */
  readonly holder: string;
  /** How long a lease lasts without being renewed, in milliseconds: the longest wait after a crash. */
  readonly leaseTtlMs: number;
  /** How often to look for work without being told, in milliseconds. */
  readonly flushEveryMs: number;
  /** How long to collect hints of new events before looking for them, in milliseconds. */
  readonly coalesceMs: number;
  readonly onAlarm: (alarm: DeliveryAlarm) => void;
  /** Writes an audit event about delivery itself. Its failure is counted, nothing more. */
  readonly record: (event: AuditEvent) => Promise<unknown>;
}
