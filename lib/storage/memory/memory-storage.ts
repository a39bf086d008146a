import type { AuditStorage } from '../storage.interface.js';
import { MemoryCheckpointStore } from './checkpoint.memory-store.js';
import { MemoryDeliveryStore } from './delivery.memory-store.js';
import { MemoryLeaseStore } from './memory-lease-store.js';
import { MemoryLedgerStore } from './memory-ledger-store.js';
import { MemoryOutboxStore } from './memory-outbox-store.js';
import { MemoryStateRows } from './state.memory-rows.js';
import { MemoryTileStore } from './tile.memory-store.js';

/** Everything in this process's memory. */
export class MemoryStorage implements AuditStorage {
  readonly kind = 'memory';
  readonly ledger = new MemoryLedgerStore();
  readonly leases = new MemoryLeaseStore();
  readonly outbox = new MemoryOutboxStore();
  readonly checkpoints = new MemoryCheckpointStore((origin) => this.ledger.nameLog(origin));
  readonly tiles = new MemoryTileStore();
  readonly delivery = new MemoryDeliveryStore();
  readonly states = new MemoryStateRows();

  async open(): Promise<void> {}

  async close(): Promise<void> {}
}
