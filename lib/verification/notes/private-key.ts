import { encodeBase64 } from '../encoding/strict-encoding.js';
import { ED25519_KEY_BYTES, ed25519PrivateKey, ed25519RawPublicKey, generateEd25519Seed } from './ed25519.js';
import { assertKeyName, computeKeyId } from './key-name.js';
import { NoteKeyError } from './note-key.error.js';
import { ed25519Signer } from './note-signer.js';
import type { LocalNoteSigner } from './note-signer.js';
import { SignatureType } from './signature-algorithm.js';
import { assertKeyId, splitKey } from './verifier-key.js';

const PREFIX = 'PRIVATE+KEY+';

/** Seeds of the public test vectors: everybody knows them. */
const PUBLIC_SEEDS = [Buffer.alloc(ED25519_KEY_BYTES, 0), Buffer.alloc(ED25519_KEY_BYTES, 1)];

/**
 * Reads the private key of a log: `PRIVATE+KEY+name+<key id>+base64(01 ‖ seed)`, the form that Go's note package uses.
 *
 * @throws NoteKeyError if it is malformed in any way, or its seed is one of the public test vectors'
 * @publicApi
 */
export function parsePrivateKey(text: string): LocalNoteSigner {
  const { name, seed } = readPrivateKey(text);
  if (PUBLIC_SEEDS.some((known) => known.equals(seed))) {
    throw new NoteKeyError(
      'public_test_seed',
      `The private key of "${name}" is that of a public test vector, so anybody can sign with it. Generate a new one.`,
    );
  }
  return ed25519Signer(name, seed);
}

/**
 * Reads a private key as {@link parsePrivateKey} does, but takes the seeds of public test vectors too. For tests only.
 *
 * @throws NoteKeyError if it is malformed in any way
 */
export function parseTestPrivateKey(text: string): LocalNoteSigner {
  const { name, seed } = readPrivateKey(text);
  return ed25519Signer(name, seed);
}

/**
 * Writes the private key of a log. Whoever reads this text can sign in the log's name.
 *
 * @throws NoteKeyError for an impossible name or a seed that is not 32 bytes
 * @publicApi
 */
export function formatPrivateKey(name: string, seed: Uint8Array): string {
  assertKeyName(name);
  const keyId = logKeyId(name, seed);
  return `${PREFIX}${name}+${keyId}+${encodeBase64(Buffer.concat([Uint8Array.of(SignatureType.ED25519), seed]))}`;
}

/**
 * Makes a new random private key of a log.
 *
 * @param name key name; the origin of the log
 * @returns the text forms of the private key (secret) and of the verifier key (to be handed out)
 * @throws NoteKeyError for an impossible name
 * @publicApi
 */
export function generatePrivateKey(name: string): { privateKey: string; verifierKey: string } {
  const privateKey = formatPrivateKey(name, generateEd25519Seed());
  return { privateKey, verifierKey: parsePrivateKey(privateKey).verifierKey };
}

function readPrivateKey(text: string): { name: string; seed: Buffer } {
  if (!text.startsWith(PREFIX)) {
    throw new NoteKeyError('malformed_key', `A private key starts with ${PREFIX}. Is this a verifier key?`);
  }
  const { name, keyId, typedKey } = splitKey(text.slice(PREFIX.length), 'private key');
  const seed = typedKey.subarray(1);
  if (typedKey[0] !== SignatureType.ED25519) {
    throw new NoteKeyError('unknown_key_type', `The private key of "${name}" is not an Ed25519 key (type 01).`);
  }
  if (seed.length !== ED25519_KEY_BYTES) {
    throw new NoteKeyError(
      'wrong_key_length',
      `The private key of "${name}" does not have ${ED25519_KEY_BYTES} bytes. Check that it was copied whole.`,
    );
  }
  assertKeyId(name, keyId, logKeyId(name, seed));
  return { name, seed };
}

function logKeyId(name: string, seed: Uint8Array): string {
  return computeKeyId(name, SignatureType.ED25519, ed25519RawPublicKey(ed25519PrivateKey(seed)));
}
