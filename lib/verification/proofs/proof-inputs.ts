import { HASH_BYTES } from '../../ledger/merkle/tree-hash.js';
import { isUint64 } from '../encoding/strict-encoding.js';
import { InvalidProofError } from './invalid-proof.error.js';

/** A tree size or leaf index; a number must be a safe integer. The formats allow 0 to 2^64−1. */
export type TreeNumber = bigint | number;

/** The hashes of a proof; `null` (as some encoders write an empty list) is an empty proof. */
export type ProofHashes = readonly Uint8Array[] | null | undefined;

/**
 * Reads a tree size or leaf index.
 *
 * @throws InvalidProofError for a fraction, an unsafe number, a negative value or more than 64 bits
 */
export function toTreeNumber(value: TreeNumber, what: string): bigint {
  const whole = typeof value === 'number' && Number.isSafeInteger(value) ? BigInt(value) : value;
  if (typeof whole !== 'bigint' || !isUint64(whole)) {
    throw new InvalidProofError(
      'malformed_number',
      `The ${what} of a proof is a whole number from 0 to 2^64−1, got ${String(value)}. ` +
        'Pass a bigint if it can exceed 2^53−1.',
    );
  }
  return whole;
}

/**
 * Checks the length of a hash. Without this an empty leaf hash "equals" an empty root.
 *
 * @throws InvalidProofError if it is not 32 bytes
 */
export function assertHash(hash: unknown, what: string): asserts hash is Uint8Array {
  const length = ArrayBuffer.isView(hash) ? hash.byteLength : undefined;
  if (length !== HASH_BYTES) {
    throw new InvalidProofError(
      'wrong_hash_length',
      `The ${what} has ${length === undefined ? 'no bytes' : `${length} bytes`}, a SHA-256 hash has ${HASH_BYTES}. ` +
        'The proof was damaged or decoded wrongly.',
    );
  }
}

/** Number of binary digits; 0 for 0. */
export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** Number of 1 bits. */
export function countOneBits(value: bigint): number {
  return value.toString(2).replace(/0/g, '').length;
}
