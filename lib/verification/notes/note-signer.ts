import { computeKeyId, assertKeyName } from './key-name.js';
import { cosignedMessage, formatCosignature } from './cosignature.js';
import { ed25519PrivateKey, ed25519RawPublicKey, ed25519Sign } from './ed25519.js';
import { SignatureType } from './signature-algorithm.js';
import { formatVerifierKey } from './verifier-key.js';

/**
 * Signs note texts. A key in a KMS implements this with an asynchronous `sign`; see `signNoteAsync`.
 *
 * @publicApi
 */
export interface NoteSigner<Result = Uint8Array> {
  /** Key name; for our logs it is the origin. */
  readonly name: string;
  /** Key id, 8 lowercase hex digits. */
  readonly keyId: string;
  /** Signs a note text (with its final line feed); the result goes after the key id. */
  sign(noteText: Uint8Array): Result;
}

/** A signer whose public key is known, as every local one's is. */
export interface LocalNoteSigner extends NoteSigner {
  /** Text form of the public key. */
  readonly verifierKey: string;
}

/**
 * Makes the signer of a log (Ed25519, type 01) from a seed.
 *
 * Any seed is taken, those of public test vectors too; production code reads its key with `parsePrivateKey`.
 *
 * @param name key name; the origin of the log
 * @param seed 32 bytes
 * @throws NoteKeyError for an impossible name or another seed length
 * @publicApi
 */
export function ed25519Signer(name: string, seed: Uint8Array): LocalNoteSigner {
  const { privateKey, ...identity } = identify(name, seed, SignatureType.ED25519);
  return { ...identity, sign: (noteText) => ed25519Sign(privateKey, noteText) };
}

/**
 * Makes a cosigner (timestamped Ed25519, type 04) from a seed. One key serves one cosigner and never signs as a log too.
 *
 * @param name key name of the witness
 * @param seed 32 bytes
 * @param now Unix seconds; `@default` the system clock
 * @throws NoteKeyError for an impossible name or another seed length
 * @publicApi
 */
export function cosigner(
  name: string,
  seed: Uint8Array,
  now: () => number | bigint = () => Math.floor(Date.now() / 1000),
): LocalNoteSigner {
  const { privateKey, ...identity } = identify(name, seed, SignatureType.COSIGNATURE);
  return {
    ...identity,
    sign: (noteText) => {
      const time = BigInt(now());
      return formatCosignature({ time, signature: ed25519Sign(privateKey, cosignedMessage(noteText, time)) });
    },
  };
}

function identify(name: string, seed: Uint8Array, type: number) {
  assertKeyName(name);
  const privateKey = ed25519PrivateKey(seed);
  const publicKey = ed25519RawPublicKey(privateKey);
  return {
    privateKey,
    name,
    keyId: computeKeyId(name, type, publicKey),
    verifierKey: formatVerifierKey({ name, type, publicKey }),
  };
}
