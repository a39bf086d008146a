export interface RetryOptions {
  readonly retryBaseMs: number;
  readonly retryMaxMs: number;
}

/** Pauses between attempts: exponential with full jitter, cut short when the queue closes. */
export class RetryTimer {
  private wakeUp: (() => void) | null = null;
  private impatient = false;
  private abandoned = false;

  /** @returns false when there must be no further attempt */
  async wait(attempt: number, { retryBaseMs, retryMaxMs }: RetryOptions): Promise<boolean> {
    if (this.abandoned) return false;
    const ceiling = Math.min(retryMaxMs, retryBaseMs * 2 ** Math.min(attempt, 20));
    // While closing, the deadline is near: short pauses only.
    const pause = this.impatient ? Math.min(retryBaseMs, ceiling) : Math.ceil(Math.random() * ceiling);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, pause);
      this.wakeUp = () => (clearTimeout(timer), resolve());
    });
    this.wakeUp = null;
    return !this.abandoned;
  }

  /** Ends the present pause and keeps the following ones short. */
  skip(): void {
    this.impatient = true;
    this.wakeUp?.();
  }

  abandon(): void {
    this.abandoned = true;
    this.wakeUp?.();
  }
}
