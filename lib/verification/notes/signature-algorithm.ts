import type { KeyObject } from 'node:crypto';
import { cosignedMessage, parseCosignature } from './cosignature.js';
import { ED25519_KEY_BYTES, ed25519PublicKey, ed25519Verify } from './ed25519.js';

/** Signature types of the signed note format that are implemented here. */
export const SignatureType = {
  /** Ed25519 over the note text. */
  ED25519: 0x01,
  /** Ed25519 over time and note text, made by witnesses. */
  COSIGNATURE: 0x04,
} as const;

/**
 * How signatures of one type are checked. Pass more of them to `parseVerifierKey` to read types that Node's own
 * cryptography lacks (such as ML-DSA).
 *
 * @publicApi
 */
export interface SignatureAlgorithm {
  /** Signature type byte of the signed note format. */
  readonly type: number;
  /** Bytes of a public key. */
  readonly publicKeyBytes: number;
  /**
   * Prepares a public key.
   *
   * @returns a function that tells whether a signature (without key id) over a note text is good; it never throws
   */
  verifier(publicKey: Uint8Array): (noteText: Uint8Array, signature: Uint8Array) => boolean;
}

/** Ed25519 over the note text (type 01): what logs sign with. */
export const ed25519Algorithm: SignatureAlgorithm = {
  type: SignatureType.ED25519,
  publicKeyBytes: ED25519_KEY_BYTES,
  verifier: (publicKey) => {
    const key = lazyKey(publicKey);
    return (noteText, signature) => ed25519Verify(key(), noteText, signature);
  },
};

/** Timestamped Ed25519 cosignature (type 04): what witnesses sign with. */
export const cosignatureAlgorithm: SignatureAlgorithm = {
  type: SignatureType.COSIGNATURE,
  publicKeyBytes: ED25519_KEY_BYTES,
  verifier: (publicKey) => {
    const key = lazyKey(publicKey);
    return (noteText, bytes) => {
      const parsed = parseCosignature(bytes);
      return parsed !== undefined && ed25519Verify(key(), cosignedMessage(noteText, parsed.time), parsed.signature);
    };
  },
};

/** What `parseVerifierKey` reads unless told otherwise. */
export const DEFAULT_ALGORITHMS: readonly SignatureAlgorithm[] = [ed25519Algorithm, cosignatureAlgorithm];

/** Policies list keys that are never used; only those in use are worth a native key object. */
function lazyKey(publicKey: Uint8Array): () => KeyObject {
  let key: KeyObject | undefined;
  return () => (key ??= ed25519PublicKey(publicKey));
}
