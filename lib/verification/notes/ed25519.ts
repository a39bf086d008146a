import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { NoteKeyError } from './note-key.error.js';

/** Bytes of an Ed25519 seed and of a public key. */
export const ED25519_KEY_BYTES = 32;
/** Bytes of an Ed25519 signature. */
export const ED25519_SIGNATURE_BYTES = 64;

const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Makes a public key from its 32 raw bytes (RFC 8032).
 *
 * @throws NoteKeyError for another length
 */
export function ed25519PublicKey(raw: Uint8Array): KeyObject {
  assertLength(raw, 'public key');
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
}

/**
 * Makes a private key from its 32-byte seed (RFC 8032). Any seed is taken, the public ones of test vectors too.
 *
 * @throws NoteKeyError for another length
 */
export function ed25519PrivateKey(seed: Uint8Array): KeyObject {
  assertLength(seed, 'seed');
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 raw bytes of the public key of an Ed25519 key, private or public. */
export function ed25519RawPublicKey(key: KeyObject): Buffer {
  const publicKey = key.type === 'private' ? createPublicKey(key) : key;
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX.length);
}

/** Makes a fresh random seed. */
export function generateEd25519Seed(): Buffer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(PKCS8_PREFIX.length);
}

/** Signs a message; the same key and message always give the same 64 bytes. */
export function ed25519Sign(privateKey: KeyObject, message: Uint8Array): Buffer {
  return sign(null, message, privateKey);
}

/** Tells whether a signature is good. A signature of another length is bad, not an error. */
export function ed25519Verify(publicKey: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  return signature.length === ED25519_SIGNATURE_BYTES && verify(null, message, publicKey, signature);
}

function assertLength(raw: Uint8Array, what: string): void {
  if (raw.length !== ED25519_KEY_BYTES) {
    throw new NoteKeyError(
      'wrong_key_length',
      `An Ed25519 ${what} has ${ED25519_KEY_BYTES} bytes, got ${raw.length}. Check that the key was copied whole.`,
    );
  }
}
