import { createHash } from 'node:crypto';
import type { JsonValue } from '../../event/value-sanitizer.interface.js';
import { MARKER_BYTES } from './markers.js';
import type { ValueWalk } from './value-walk.js';

/** A shorter content could be found by trying: a plain digest of it would give it away. */
const LEAST_PLAIN_DIGEST = 64;
const DIGEST_BYTES = 160;

/**
 * Bytes are never stored: their number is, and the SHA-256 by which a file can be recognised. Of short contents only a
 * keyed digest, or none.
 */
export function binaryForm(walk: ValueWalk, value: ArrayBufferView | ArrayBufferLike): JsonValue {
  walk.budget.bytes -= MARKER_BYTES + DIGEST_BYTES;
  const bytes = ArrayBuffer.isView(value)
    ? new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
    : new Uint8Array(value);
  const { limits, concealer } = walk.rules;
  if (bytes.length > limits.digest) return { $bytes: bytes.length };
  if (bytes.length < LEAST_PLAIN_DIGEST) return { $bytes: bytes.length, ...concealer.digest(bytes) };
  return { $bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}
