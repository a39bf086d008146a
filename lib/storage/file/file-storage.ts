import { MemoryOutboxStore } from '../memory/memory-outbox-store.js';
import type { AuditStorage } from '../storage.interface.js';
import { FileCheckpointStore } from './checkpoint/file-checkpoint-store.js';
import { FileDeliveryStore } from './delivery/file-delivery-store.js';
import type { FileLogOptions } from './file-log-options.interface.js';
import type { FileIncident, ReportIncident } from './incident.interface.js';
import { FileLeaseStore } from './lease/file-lease-store.js';
import { FileLedgerStore } from './log/file-ledger-store.js';
import { FollowedLog } from './log/followed-log.js';
import { OwnedLog } from './log/owned-log.js';
import { LogPaths } from './log-paths.js';
import { FileStateRows } from './state/file-state-rows.js';
import { FileTileStore } from './tile/file-tile-store.js';
import { WriteAccess } from './write-access.js';

/** Incidents that are kept for whoever asks later; each is told to listeners as well. */
const MAX_INCIDENTS = 100;

/**
 * A log in JSON Lines files, written by one process. Beside the file that is written to stand those that were closed, and
 * small ones for the head, the manifest, the lock, leases, checkpoints and tiles.
 */
export class FileStorage implements AuditStorage {
  readonly kind = 'file';
  readonly ledger: FileLedgerStore;
  readonly leases: FileLeaseStore;
  /** Empty: no transaction of a database can write into a file. */
  readonly outbox = new MemoryOutboxStore();
  readonly checkpoints: FileCheckpointStore;
  readonly tiles: FileTileStore;
  readonly delivery: FileDeliveryStore;
  readonly states: FileStateRows;
  /** Damage that was found since the storage was made, the first {@link MAX_INCIDENTS}. */
  readonly incidents: readonly FileIncident[];
  private readonly listeners: ReportIncident[];

  constructor(options: FileLogOptions) {
    const { readOnly = false, onIncident } = options;
    const listeners = onIncident ? [onIncident] : [];
    const paths = new LogPaths(options.path);
    const access = new WriteAccess(paths.active, !readOnly);
    const incidents: FileIncident[] = [];
    const report: ReportIncident = (incident) => {
      if (incidents.length < MAX_INCIDENTS) incidents.push(incident);
      for (const tell of listeners) tell(incident);
    };
    const log = readOnly ? new FollowedLog(paths, access, report) : new OwnedLog(paths, options, report);
    this.incidents = incidents;
    this.listeners = listeners;
    this.ledger = new FileLedgerStore(log);
    this.leases = new FileLeaseStore(paths.leases, access, options.now);
    this.checkpoints = new FileCheckpointStore(paths.checkpoints, access, (origin) => log.nameLog(origin));
    this.delivery = new FileDeliveryStore(paths, access);
    this.states = new FileStateRows(paths.states, access);
    this.tiles = new FileTileStore(paths.tiles, access);
  }

  followIncidents(listener: ReportIncident): void {
    this.incidents.forEach(listener);
    this.listeners.push(listener);
  }

  /** @throws {StoreError} with reason `busy` while another process writes to the log */
  open(): Promise<void> {
    return this.ledger.open();
  }

  async close(): Promise<void> {
    // Before the lock is given up: afterwards the files may be somebody else's.
    await this.delivery.close().finally(() => this.ledger.close());
  }
}
