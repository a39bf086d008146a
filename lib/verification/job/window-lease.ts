import { setTimeout as delay } from 'node:timers/promises';
import type { LeaseStore } from '../../ledger/lease-store.port.js';

export interface WindowLeaseOptions {
  readonly leases: LeaseStore;
  readonly name: string;
  readonly holder: string;
  /** After this long without a sign of life another instance takes over, in milliseconds. */
  readonly leaseMs: number;
  /** Unix time in milliseconds. */
  readonly now: () => number;
}

const SHORTEST_LEASE_MS = 1000;

/**
 * Lets one of many instances do something that all of them are told to do at about the same time.
 *
 * Whoever gets the lease renews it while at work. When the work is done it keeps the lease for half of the time to the
 * next round, which is how those who come late, or waited for it to die, see that nothing is left to do.
 */
export class WindowLease {
  constructor(private readonly options: WindowLeaseOptions) {}

  /**
   * @param nextRound when all of them will be told again, Unix milliseconds
   * @returns whether this instance did the work; false when another did
   * @throws what the work throws, and the signal's reason
   */
  async runOnce(nextRound: number, signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
    const { leases, name, holder, now } = this.options;
    const leaseMs = this.leaseFor(nextRound - now());
    while (!(await leases.acquire(name, holder, leaseMs))) {
      const lease = (await leases.list(name)).find((one) => one.name === name);
      if (lease && lease.expiresAt - now() > 2 * leaseMs) return false;
      await delay(Math.min(leaseMs / 2, Math.max(0, nextRound - now())), undefined, { signal, ref: false });
      if (now() >= nextRound) return false;
    }
    const renewal = this.renew(leaseMs, signal);
    let done = false;
    try {
      await work();
      done = !signal.aborted;
    } finally {
      await renewal.stop();
      // Given up at once when the work was not done, so that another instance can do it.
      if (done) await leases.acquire(name, holder, Math.max(leaseMs, (nextRound - now()) / 2));
      else await leases.release(name, holder);
    }
    return true;
  }

  /** Short against the round, so that a lease that is kept can be told from one that is renewed. */
  private leaseFor(roundMs: number): number {
    return Math.min(this.options.leaseMs, Math.max(SHORTEST_LEASE_MS, roundMs / 10));
  }

  private renew(leaseMs: number, signal: AbortSignal): { stop(): Promise<void> } {
    const { leases, name, holder } = this.options;
    let renewing: Promise<unknown> = Promise.resolve();
    const timer = setInterval(() => {
      // A renewal that fails means that another instance may begin as well, which is harmless.
      if (!signal.aborted) renewing = leases.acquire(name, holder, leaseMs).catch(() => undefined);
    }, leaseMs / 3);
    timer.unref();
    return {
      stop: async () => {
        clearInterval(timer);
        await renewing;
      },
    };
  }
}
