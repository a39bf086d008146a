/** How a sink's failures are waited out. All in milliseconds. */
export interface RetryPolicy {
  /** Upper bound of the first wait; doubles with each failure in a row. @default 500 */
  readonly baseMs: number;
  /** Upper bound of any wait. @default 300000 */
  readonly maxMs: number;
  /** Longest wait that a destination can ask for with `Retry-After`. @default 3600000 */
  readonly maxRetryAfterMs: number;
  /** How often a held sink is tried. @default 30000 */
  readonly heldProbeMs: number;
  /** Failures in a row that open the circuit breaker; from then on one event at a time is tried. @default 5 */
  readonly breakerThreshold: number;
}

export const DEFAULT_RETRY_POLICY: RetryPolicy = {
  baseMs: 500,
  maxMs: 300_000,
  maxRetryAfterMs: 3_600_000,
  heldProbeMs: 30_000,
  breakerThreshold: 5,
};

/** Beyond this the power of two no longer matters, whatever the base. */
const MOST_DOUBLINGS = 40;

/**
 * Exponential back-off with full jitter: a random wait of at least 1 ms and below
 * min(max, base · 2^(failures−1)).
 *
 * @param failures failed tries in a row, from 1
 * @param random uniform in [0, 1)
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function fullJitter(policy: RetryPolicy, failures: number, random: () => number): number {
  const doublings = Math.min(Math.max(0, failures - 1), MOST_DOUBLINGS);
  return Math.max(1, Math.floor(random() * Math.min(policy.maxMs, policy.baseMs * 2 ** doublings)));
}

/** The wait after a passing failure: what the destination asked for is never undercut, but capped. */
export function transientDelay(
  policy: RetryPolicy,
  failures: number,
  random: () => number,
  retryAfterMs: number | undefined,
): number {
  const asked = Math.min(Math.max(0, retryAfterMs ?? 0), policy.maxRetryAfterMs);
  return asked + fullJitter(policy, failures, random);
}

/** The wait until a held sink is tried again: half to whole of `heldProbeMs`, so that many don't knock at once. */
export function heldDelay(policy: RetryPolicy, random: () => number): number {
  return Math.max(1, Math.floor(policy.heldProbeMs * (0.5 + random() / 2)));
}

export function isBreakerOpen(policy: RetryPolicy, failures: number): boolean {
  return failures >= policy.breakerThreshold;
}
