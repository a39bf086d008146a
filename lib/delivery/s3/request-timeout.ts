import { ObjectStoreError } from './object-store.interface.js';

/**
 * Runs a request that can be aborted, for at most so long.
 *
 * @throws ObjectStoreError (`transient`) when the time is up, whether or not the request takes notice
 */
export async function withTimeout<T>(
  timeoutMs: number,
  outer: AbortSignal,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const inner = new AbortController();
  const ended = new Promise<never>((_, reject) => {
    inner.signal.addEventListener('abort', () => reject(inner.signal.reason as Error), { once: true });
  });
  const stop = (): void => inner.abort(new ObjectStoreError('transient', 'The request was cut off: the time was up.'));
  const timer = setTimeout(
    () => inner.abort(new ObjectStoreError('transient', `No whole answer within ${timeoutMs} ms.`)),
    timeoutMs,
  );
  outer.addEventListener('abort', stop, { once: true });
  if (outer.aborted) stop();
  try {
    const answered = request(inner.signal);
    answered.catch(() => undefined); // once it was cut off, its own error says less
    return await Promise.race([answered, ended]);
  } finally {
    clearTimeout(timer);
    outer.removeEventListener('abort', stop);
    ended.catch(() => undefined);
  }
}
