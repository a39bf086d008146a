import { ED25519_SIGNATURE_BYTES } from './ed25519.js';
import { NoteError } from './note.error.js';

const TIME_BYTES = 8;
const MAX_TIME = 2n ** 63n - 1n;

/** A timestamped cosignature (C2SP tlog-cosignature, version 1), without its key id. */
export interface Cosignature {
  /** Unix seconds at which the cosigner had seen no larger consistent tree of this origin; 0 < time < 2^63. */
  time: bigint;
  /** Ed25519 signature (64 bytes) over {@link cosignedMessage}. */
  signature: Buffer;
}

/**
 * The bytes that a cosigner signs: a header, its time, and the whole note text.
 *
 * @param noteText text of the checkpoint with its final line feed
 * @param time Unix seconds
 */
export function cosignedMessage(noteText: Uint8Array | string, time: bigint): Buffer {
  const text = typeof noteText === 'string' ? Buffer.from(noteText) : noteText;
  return Buffer.concat([Buffer.from(`cosignature/v1\ntime ${time}\n`), text]);
}

/**
 * Reads the signature part of a cosignature line: u64 time ‖ Ed25519 signature.
 *
 * @returns the cosignature, or `undefined` if the length or the time is impossible
 */
export function parseCosignature(bytes: Uint8Array): Cosignature | undefined {
  if (bytes.length !== TIME_BYTES + ED25519_SIGNATURE_BYTES) return undefined;
  const buffer = Buffer.from(bytes);
  const time = buffer.readBigUInt64BE(0);
  if (time === 0n || time > MAX_TIME) return undefined;
  return { time, signature: buffer.subarray(TIME_BYTES) };
}

/**
 * Writes the signature part of a cosignature line.
 *
 * @throws NoteError if the time is not between 1 and 2^63−1, or the signature not 64 bytes
 */
export function formatCosignature(cosignature: Cosignature): Buffer {
  const { time, signature } = cosignature;
  if (time <= 0n || time > MAX_TIME || signature.length !== ED25519_SIGNATURE_BYTES) {
    throw new NoteError(
      'malformed_signature_line',
      `A cosignature holds a time of 1 to 2^63−1 Unix seconds and ${ED25519_SIGNATURE_BYTES} bytes, got ${time} and ` +
        `${signature.length} bytes.`,
    );
  }
  const bytes = Buffer.alloc(TIME_BYTES + ED25519_SIGNATURE_BYTES);
  bytes.writeBigUInt64BE(time, 0);
  bytes.set(signature, TIME_BYTES);
  return bytes;
}
