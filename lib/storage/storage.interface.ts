import type { DeliveryStore } from '../delivery/delivery-store.port.js';
import type { LeaseStore } from '../ledger/lease-store.port.js';
import type { LedgerStore } from '../ledger/ledger-store.port.js';
import type { OutboxStore } from '../ledger/outbox-store.port.js';
import type { CheckpointStore } from '../verification/checkpoints/checkpoint-store.port.js';
import type { StateRows } from '../verification/history/state-rows.port.js';
import type { TileStore } from '../verification/tiles/tile-store.port.js';
import type { ReportIncident } from './file/incident.interface.js';
import type { SqlDatabase } from './typeorm/sql-database.js';

/** Everything that is kept for a log, in one place. */
export interface AuditStorage {
  /** `memory`, `sqlite`, `postgres`, `mysql`, `file`. */
  readonly kind: string;
  readonly ledger: LedgerStore;
  readonly leases: LeaseStore;
  readonly outbox: OutboxStore;
  readonly checkpoints: CheckpointStore;
  readonly tiles: TileStore;
  readonly delivery: DeliveryStore;
  /** Texts under names, where the storage has a place for them. */
  readonly states?: StateRows;
  /** For further tables, where the log is kept in SQL. */
  readonly database?: SqlDatabase;

  /**
   * Connects, then migrates or checks the schema. A second call does nothing.
   * @throws {SchemaMissingError} tables are missing and migration was not asked for
   */
  open(): Promise<void>;
  /** Tells of damage that was found in the storage: first what was found already, from then on as it is found. */
  followIncidents?(listener: ReportIncident): void;
  /** Closes what `open` opened; an application's DataSource stays open. */
  close(): Promise<void>;
}
