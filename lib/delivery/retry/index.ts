export { parseRetryAfter } from './retry-after.js';
export { DEFAULT_RETRY_POLICY, fullJitter, heldDelay, isBreakerOpen, transientDelay } from './retry-policy.js';
export type { RetryPolicy } from './retry-policy.js';
