import type { DeliveryClock } from '../../../lib/delivery/delivery-clock.js';
import type { Lease, LeaseStore } from '../../../lib/ledger/lease-store.port.js';

/** Leases in memory, on a clock of the test's choice. */
export class TestLeases implements LeaseStore {
  readonly leases = new Map<string, Lease>();
  questions = 0;

  constructor(private readonly clock: DeliveryClock) {}

  async acquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
    this.questions++;
    const found = this.leases.get(name);
    if (found && found.holder !== holder && found.expiresAt > this.clock.now()) return false;
    this.leases.set(name, { name, holder, expiresAt: this.clock.now() + ttlMs });
    return true;
  }

  async release(name: string, holder: string): Promise<boolean> {
    return this.leases.get(name)?.holder === holder && this.leases.delete(name);
  }

  async list(prefix: string): Promise<Lease[]> {
    return [...this.leases.values()].filter(({ name }) => name.startsWith(prefix));
  }
}
