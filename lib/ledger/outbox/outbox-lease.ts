import type { LeaseStore } from '../lease-store.port.js';
import { livenessOf, parseIdentity } from '../process/process-identity.js';

const LEASE = 'outbox:sequence';
const LEASE_MS = 10_000;

/** Who moves the outbox at present. It only saves work: two at once do the same and harm nothing. */
export class OutboxLease {
  private renewAt = 0;

  constructor(
    private readonly leases: LeaseStore,
    private readonly holder: string,
  ) {}

  /** @returns false while another process has it */
  async take(): Promise<boolean> {
    const now = Date.now();
    // Renewed at half time; a clock that was set back must not make it last for ever.
    if (now < this.renewAt && this.renewAt - now <= LEASE_MS) return true;
    const taken = (await this.acquire()) || ((await this.clearDead()) && (await this.acquire()));
    this.renewAt = taken ? now + LEASE_MS / 2 : 0;
    return taken;
  }

  async giveUp(): Promise<void> {
    if (this.renewAt === 0) return;
    this.renewAt = 0;
    await this.leases.release(LEASE, this.holder);
  }

  private acquire(): Promise<boolean> {
    return this.leases.acquire(LEASE, this.holder, LEASE_MS);
  }

  /** A process of this host that was killed must not keep the next one waiting. */
  private async clearDead(): Promise<boolean> {
    const lease = (await this.leases.list(LEASE)).find(({ name }) => name === LEASE);
    const holder = lease && parseIdentity(lease.holder);
    return Boolean(holder && livenessOf(holder) === 'dead' && (await this.leases.release(LEASE, lease.holder)));
  }
}
