import type { SealReceipt } from '../seal-receipt.interface.js';

interface Waiter {
  readonly resolve: (receipt: SealReceipt) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
}

/** Callers that wait for their event to be sealed, by event id. */
export class SealWaiters {
  private readonly byId = new Map<string, Waiter>();

  get size(): number {
    return this.byId.size;
  }

  has(id: string): boolean {
    return this.byId.has(id);
  }

  /** @param onTimeout makes the error that the caller gets when nobody settled it in time */
  wait(id: string, timeoutMs: number, onTimeout: () => Error): Promise<SealReceipt> {
    return new Promise<SealReceipt>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.byId.delete(id);
        reject(onTimeout());
      }, timeoutMs);
      this.byId.set(id, { resolve, reject, timer });
    });
  }

  resolve(receipts: readonly SealReceipt[]): void {
    if (this.byId.size === 0) return;
    for (const receipt of receipts) this.take(receipt.id)?.resolve(receipt);
  }

  reject(id: string, error: unknown): void {
    this.take(id)?.reject(error);
  }

  rejectAll(makeError: () => Error): void {
    // A map may lose entries while it is walked.
    for (const id of this.byId.keys()) this.reject(id, makeError());
  }

  private take(id: string): Waiter | undefined {
    const waiter = this.byId.get(id);
    if (!waiter) return undefined;
    clearTimeout(waiter.timer);
    this.byId.delete(id);
    return waiter;
  }
}
