import { createHash, hash } from 'node:crypto';

/** Bytes of a SHA-256 hash. */
export const HASH_BYTES = 32;

/** Root of the tree without leaves: SHA-256 of nothing (RFC 6962 §2.1). Do not write into it. */
export const EMPTY_ROOT: Buffer = createHash('sha256').digest();

const LEAF_PREFIX = 0x00;
const NODE_PREFIX = 0x01;
const SCRATCH_BYTES = 128 * 1024;
const MOST_UTF8_BYTES_PER_UNIT = 3;

/** Both buffers are only used between two lines of synchronous code, so one of each serves the whole process. */
const leafScratch = Buffer.alloc(SCRATCH_BYTES);
const nodeScratch = Buffer.alloc(1 + 2 * HASH_BYTES, NODE_PREFIX);
leafScratch[0] = LEAF_PREFIX;

/**
 * Merkle leaf hash, `SHA-256(0x00 ‖ data)` (RFC 6962 §2.1).
 *
 * @param data the leaf's bytes, or a string whose UTF-8 bytes are meant
 * @throws TypeError for a string with a lone surrogate, which has no UTF-8 form
 * @publicApi
 */
export function leafHash(data: Uint8Array | string): Buffer {
  if (typeof data === 'string') {
    assertWellFormed(data);
    if (data.length * MOST_UTF8_BYTES_PER_UNIT >= SCRATCH_BYTES) return streamedLeafHash(data);
    return sha256(leafScratch.subarray(0, 1 + leafScratch.write(data, 1)));
  }
  if (data.length >= SCRATCH_BYTES) return streamedLeafHash(data);
  leafScratch.set(data, 1);
  return sha256(leafScratch.subarray(0, 1 + data.length));
}

/**
 * The same hash as {@link leafHash} by another code path (streaming, no shared scratch memory).
 *
 * For comparing both before a leaf enters the tree for good: a single flipped bit in memory has ended public logs.
 */
export function streamedLeafHash(data: Uint8Array | string): Buffer {
  if (typeof data === 'string') assertWellFormed(data);
  return createHash('sha256').update(Uint8Array.of(LEAF_PREFIX)).update(data).digest();
}

/**
 * Hash of an inner node of the Merkle tree, `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
 *
 * @publicApi
 */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) return longNodeHash(left, right);
  nodeScratch.set(left, 1);
  nodeScratch.set(right, 1 + HASH_BYTES);
  return sha256(nodeScratch);
}

/** Inputs of another length only occur in test vectors of the hash itself. */
function longNodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash('sha256').update(Uint8Array.of(NODE_PREFIX)).update(left).update(right).digest();
}

/** One-shot hashing into a text encoding is about twice as fast as asking for a new buffer each time. */
function sha256(data: Uint8Array): Buffer {
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1');
}

function assertWellFormed(text: string): void {
  if (!(text as string & { isWellFormed(): boolean }).isWellFormed()) {
    throw new TypeError(
      'A leaf given as a string holds a lone UTF-16 surrogate, which has no UTF-8 form, so its hash would be that of ' +
        'another text. Hash the bytes instead, or replace the surrogate.',
    );
  }
}
