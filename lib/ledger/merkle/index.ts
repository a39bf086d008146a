export { EMPTY_ROOT, HASH_BYTES, leafHash, nodeHash, streamedLeafHash } from './tree-hash.js';
export { CompactRange } from './compact-range.js';
export { CompactRangeError } from './compact-range.error.js';
