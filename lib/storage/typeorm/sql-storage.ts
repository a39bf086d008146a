import type { AuditStorage } from '../storage.interface.js';
import { SqlCheckpointStore } from './checkpoint/sql-checkpoint-store.js';
import { SqlDeliveryStore } from './delivery/delivery.sql-store.js';
import { SqlLeaseStore } from './lease/sql-lease-store.js';
import { SqlLedgerStore } from './ledger/sql-ledger-store.js';
import { SqlOutboxStore } from './outbox/sql-outbox-store.js';
import type { SqlDatabase } from './sql-database.js';
import { SqlStateRows } from './state/sql-state-rows.js';
import { SqlTileStore } from './tile/sql-tile-store.js';

/** Everything in the tables of one SQL database. */
export class SqlStorage implements AuditStorage {
  readonly kind: string;
  readonly ledger: SqlLedgerStore;
  readonly leases: SqlLeaseStore;
  readonly outbox: SqlOutboxStore;
  readonly checkpoints: SqlCheckpointStore;
  readonly tiles: SqlTileStore;
  readonly delivery: SqlDeliveryStore;
  readonly states: SqlStateRows;

  constructor(readonly database: SqlDatabase) {
    this.kind = database.dialect.name;
    this.ledger = new SqlLedgerStore(database);
    this.leases = new SqlLeaseStore(database);
    this.outbox = new SqlOutboxStore(database);
    this.checkpoints = new SqlCheckpointStore(database);
    this.tiles = new SqlTileStore(database);
    this.delivery = new SqlDeliveryStore(database);
    this.states = new SqlStateRows(database);
  }

  open(): Promise<void> {
    return this.database.open();
  }

  close(): Promise<void> {
    return this.database.close();
  }
}
