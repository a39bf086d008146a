export { PolicyError } from './policy.error.js';
export type { PolicyErrorReason } from './policy.error.js';
export { QUORUM_NONE, policyOfLogs } from './policy.js';
export type { Policy, PolicyGroup, PolicyLog, PolicyWitness } from './policy.js';
export { parsePolicy } from './parse-policy.js';
export { satisfiesPolicy, verifyCheckpoint } from './evaluate-policy.js';
