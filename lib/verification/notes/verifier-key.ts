import { decodeBase64, encodeBase64 } from '../encoding/strict-encoding.js';
import { assertKeyName, computeKeyId } from './key-name.js';
import { NoteKeyError } from './note-key.error.js';
import { DEFAULT_ALGORITHMS } from './signature-algorithm.js';
import type { SignatureAlgorithm } from './signature-algorithm.js';

const KEY_ID = /^[0-9a-f]{8}$/;

/**
 * A public key that notes are checked against.
 *
 * @publicApi
 */
export interface NoteVerifier {
  /** Key name; for our logs it is the origin. */
  readonly name: string;
  /** Key id, 8 lowercase hex digits. */
  readonly keyId: string;
  /** Signature type byte. */
  readonly type: number;
  /** Raw public key. */
  readonly publicKey: Uint8Array;
  /** Tells whether a signature (without key id) over a note text is good. */
  verify(noteText: Uint8Array, signature: Uint8Array): boolean;
}

/**
 * Reads a verifier key ("vkey"): `name+<key id, 8 hex digits>+base64(type ‖ public key)`.
 *
 * @param algorithms signature types that are understood; `@default` Ed25519 (01) and Ed25519 cosignatures (04)
 * @throws NoteKeyError if it is malformed in any way, of an unknown type, or its id is not the id of its key
 * @publicApi
 */
export function parseVerifierKey(
  vkey: string,
  algorithms: readonly SignatureAlgorithm[] = DEFAULT_ALGORITHMS,
): NoteVerifier {
  const { name, keyId, typedKey } = splitKey(vkey, 'verifier key');
  const type = typedKey[0];
  const publicKey = typedKey.subarray(1);
  const algorithm = algorithms.find((candidate) => candidate.type === type);
  if (algorithm === undefined) {
    throw new NoteKeyError(
      'unknown_key_type',
      `The verifier key of "${name}" has signature type 0x${hexByte(type)}, which is not supported. ` +
        'Use an Ed25519 key (01) or cosignature key (04), or pass the algorithm.',
    );
  }
  if (publicKey.length !== algorithm.publicKeyBytes) {
    throw new NoteKeyError(
      'wrong_key_length',
      `The verifier key of "${name}" has ${publicKey.length} bytes, its type has ${algorithm.publicKeyBytes}. ` +
        'Check that it was copied whole.',
    );
  }
  assertKeyId(name, keyId, computeKeyId(name, type, publicKey));
  return { name, keyId, type, publicKey, verify: algorithm.verifier(publicKey) };
}

/**
 * Writes a verifier key.
 *
 * @throws NoteKeyError if the name cannot name a key
 * @publicApi
 */
export function formatVerifierKey(key: Pick<NoteVerifier, 'name' | 'type' | 'publicKey'>): string {
  assertKeyName(key.name);
  const typedKey = Buffer.concat([Uint8Array.of(key.type), key.publicKey]);
  return `${key.name}+${computeKeyId(key.name, key.type, key.publicKey)}+${encodeBase64(typedKey)}`;
}

/** Splits `name+id+base64`, shared by verifier keys and private keys; never quotes the key itself in an error. */
export function splitKey(text: string, what: string): { name: string; keyId: string; typedKey: Buffer } {
  const first = text.indexOf('+');
  const second = first < 0 ? -1 : text.indexOf('+', first + 1);
  if (second < 0) {
    throw new NoteKeyError('malformed_key', `A ${what} has the form name+id+base64. Check that it was copied whole.`);
  }
  const name = text.slice(0, first);
  const keyId = text.slice(first + 1, second);
  const typedKey = decodeBase64(text.slice(second + 1));
  assertKeyName(name);
  if (!KEY_ID.test(keyId)) {
    throw new NoteKeyError('malformed_key_id', `The key id of the ${what} of "${name}" is not 8 lowercase hex digits.`);
  }
  if (typedKey === undefined || typedKey.length === 0) {
    throw new NoteKeyError(
      'malformed_key',
      `The key part of the ${what} of "${name}" is not canonical base64. Check that it was copied whole.`,
    );
  }
  return { name, keyId, typedKey };
}

/** @throws NoteKeyError if a key does not have the id that is written beside it */
export function assertKeyId(name: string, written: string, computed: string): void {
  if (written !== computed) {
    throw new NoteKeyError(
      'key_id_mismatch',
      `The key of "${name}" has the id ${computed}, but ${written} is written beside it. ` +
        'A character of the name, the id or the key was changed.',
    );
  }
}

function hexByte(value: number): string {
  return value.toString(16).padStart(2, '0');
}
