import type { LeaseStore } from '../../ledger/lease-store.port.js';
import type { DeliveryClock } from '../delivery-clock.js';

/** Names of delivery's leases begin so. */
export const DELIVERY_LEASE_PREFIX = 'delivery:';

/**
 * Sees to it that one of many processes serves a sink. A convenience that saves double sending: two at once are
 * harmless.
 */
export class SinkLease {
  private heldUntil = 0;
  private nextTryAt = 0;
  private cancelRenewal: (() => void) | null = null;
  private asking: Promise<boolean> | null = null;

  constructor(
    private readonly store: LeaseStore,
    private readonly name: string,
    private readonly holder: string,
    private readonly ttlMs: number,
    private readonly clock: DeliveryClock,
  ) {}

  get isHeld(): boolean {
    return this.clock.now() < this.heldUntil;
  }

  /** When to ask again after somebody else was found to hold it. */
  get retryAt(): number {
    return this.nextTryAt;
  }

  /**
   * Takes the lease, or keeps it. Asks the store only if need be.
   *
   * @param insist ask even if it was refused a moment ago
   * @returns whether this process serves the sink
   */
  async hold(insist = false): Promise<boolean> {
    if (this.isHeld) return true;
    if (!insist && this.clock.now() < this.nextTryAt) return false;
    return this.acquire();
  }

  /** Gives it up, so that another process need not wait for its end. */
  async release(): Promise<void> {
    await this.asking?.catch(() => false);
    this.cancelRenewal?.();
    this.cancelRenewal = null;
    if (this.heldUntil === 0) return;
    this.heldUntil = 0;
    await this.store.release(this.name, this.holder);
  }

  private acquire(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => (this.asking = null));
    return this.asking;
  }

  private async ask(): Promise<boolean> {
    // Counted from before the question: the store's own clock starts at the latest when it answers.
    const asked = this.clock.now();
    const got = await this.store.acquire(this.name, this.holder, this.ttlMs);
    this.heldUntil = got ? asked + this.ttlMs : 0;
    this.nextTryAt = got ? 0 : asked + this.ttlMs / 3;
    this.cancelRenewal?.();
    this.cancelRenewal = got ? this.clock.schedule(this.ttlMs / 3, () => this.renew()) : null;
    return got;
  }

  private renew(): void {
    this.acquire().catch(() => {
      // Unknown whether it was renewed: it counts until its old end, and each use asks again from then on.
      if (this.isHeld) this.cancelRenewal = this.clock.schedule(this.ttlMs / 6, () => this.renew());
    });
  }
}
