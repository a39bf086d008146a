import type { Lease, LeaseStore } from '../../ledger/lease-store.port.js';

/** Leases of one process. */
export class MemoryLeaseStore implements LeaseStore {
  private readonly leases = new Map<string, Lease>();

  constructor(private readonly now: () => number = Date.now) {}

  async acquire(name: string, holder: string, ttlMs: number): Promise<boolean> {
    const now = this.now();
    const lease = this.leases.get(name);
    if (lease && lease.holder !== holder && lease.expiresAt > now) return false;
    this.leases.set(name, { name, holder, expiresAt: now + ttlMs });
    return true;
  }

  async release(name: string, holder: string): Promise<boolean> {
    return this.leases.get(name)?.holder === holder && this.leases.delete(name);
  }

  async list(prefix: string): Promise<Lease[]> {
    return [...this.leases.values()]
      .filter(({ name }) => name.startsWith(prefix))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
