/** Time and timers of delivery, so that tests can pass hours in no time. */
export interface DeliveryClock {
  /** Unix milliseconds. */
  now(): number;
  /** Calls once after the delay. @returns cancels it */
  schedule(delayMs: number, callback: () => void): () => void;
}

/** Node runs a longer timer at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * The machine's clock.
 * @param keepAlive whether waiting keeps the process alive, as a command line needs it
 */
export function systemClock(keepAlive = false): DeliveryClock {
  return {
    now: () => Date.now(),
    schedule(delayMs, callback) {
      const timer = setTimeout(callback, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
      if (!keepAlive) timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after the delay, or as soon as the signal is aborted. */
export function pause(clock: DeliveryClock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = (): void => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.schedule(delayMs, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
