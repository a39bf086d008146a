import { constants, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chainHash } from './chain-hash.js';
import { EventSigningKeyError } from './event-signing-key.error.js';
import type { EventSigner } from './event-signer.interface.js';

/** Signature algorithms of single records; ECDSA signatures are DER, RSA is PSS with a salt as long as the hash. */
export const EVENT_SIGNATURE_ALGORITHMS = [
  'ed25519',
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
  'ecdsa-p521-sha512',
  'ecdsa-secp256k1-sha256',
  'rsa-pss-sha256',
] as const;
export type EventSignatureAlgorithm = (typeof EVENT_SIGNATURE_ALGORITHMS)[number];

export interface EventSigningKey {
  readonly algorithm: string;
  /** PEM file of the private key (PKCS #8); this or `key`. */
  readonly keyFile?: string;
  /** The private key in PEM. */
  readonly key?: string;
  /** @default the first 16 hex characters of SHA-256 over the public key (SPKI, DER) */
  readonly keyId?: string;
}

const CURVES: Record<string, string> = {
  'ecdsa-p256-sha256': 'prime256v1',
  'ecdsa-p384-sha384': 'secp384r1',
  'ecdsa-p521-sha512': 'secp521r1',
  'ecdsa-secp256k1-sha256': 'secp256k1',
};
const MIN_RSA_BITS = 2048;

/** @throws {EventSigningKeyError} unreadable key, or a key that does not fit the algorithm */
export function createEventSigner({ algorithm, keyFile, key: pem, keyId }: EventSigningKey): EventSigner {
  const where = keyFile ?? 'signing.events.key';
  const key = readKey(where, () => pem ?? readFileSync(where));
  checkKeyFits(key, algorithm, where);
  const name = keyId ?? keyIdOf(key);
  const digest = algorithm === 'ed25519' ? null : algorithm.slice(algorithm.lastIndexOf('-') + 1);
  const signingKey =
    algorithm === 'rsa-pss-sha256'
      ? { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }
      : key;
  return { keyId: name, algorithm, sign: (record) => sign(digest, record, signingKey) };
}

/** The id of a key when none is given: the first 16 hex characters of SHA-256 over its public half (SPKI, DER). */
export function keyIdOf(key: KeyObject): string {
  const spki = (key.type === 'public' ? key : createPublicKey(key)).export({ type: 'spki', format: 'der' });
  return chainHash('sha256', spki).slice(0, 16);
}

/** @throws {EventSigningKeyError} */
export function checkKeyFits(key: KeyObject, algorithm: string, where: string): void {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  const curve = CURVES[algorithm];
  if (algorithm === 'ed25519' && type === 'ed25519') return;
  if (curve && type === 'ec' && details?.namedCurve === curve) return;
  if (algorithm === 'rsa-pss-sha256' && (type === 'rsa' || type === 'rsa-pss')) {
    if ((details?.modulusLength ?? 0) >= MIN_RSA_BITS) return;
    throw new EventSigningKeyError(where, `it has ${details?.modulusLength} bits; ${MIN_RSA_BITS} are the least`);
  }
  const known = EVENT_SIGNATURE_ALGORITHMS.includes(algorithm as EventSignatureAlgorithm);
  throw new EventSigningKeyError(
    where,
    known
      ? `it is a key of type ${type}${details?.namedCurve ? ` on ${details.namedCurve}` : ''}, not one for ${algorithm}`
      : `the algorithm ${algorithm} is not one of ${EVENT_SIGNATURE_ALGORITHMS.join(', ')}`,
  );
}

function readKey(where: string, read: () => string | Buffer): KeyObject {
  try {
    return createPrivateKey(read());
  } catch (error) {
    throw new EventSigningKeyError(where, error instanceof Error ? error.message : String(error));
  }
}
