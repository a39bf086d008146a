import { KeyObject, createPublicKey, createSecretKey } from 'node:crypto';
import type { JwtKey } from '../../config/jwt.options.js';

/**
 * A key made once, because making it from text costs fifty times as much as verifying a token.
 *
 * PEM is always read as a public key and never taken for the characters of a secret: otherwise whoever knows the public
 * key could sign tokens with HS256.
 *
 * @throws TypeError when the key is a private key or can't be read
 */
export function toVerificationKey(key: JwtKey): KeyObject {
  if (key instanceof KeyObject) {
    if (key.type === 'private') return createPublicKey(key);
    return key;
  }
  if (key.includes('-----BEGIN ')) {
    if (key.includes('PRIVATE KEY')) {
      throw new TypeError('A private key was given where tokens are only verified. Give the public key.');
    }
    return createPublicKey(key);
  }
  if (key.length === 0) throw new TypeError('An empty key verifies nothing.');
  return createSecretKey(typeof key === 'string' ? Buffer.from(key, 'utf8') : key);
}

/** Whether an algorithm may be used with a key: HS needs a secret, the others a public key of their own kind. */
export function fits(key: KeyObject, algorithm: string): boolean {
  switch (algorithm.slice(0, 2)) {
    case 'HS':
      return key.type === 'secret';
    case 'RS':
      return key.type === 'public' && key.asymmetricKeyType === 'rsa';
    case 'PS':
      return key.type === 'public' && (key.asymmetricKeyType === 'rsa' || key.asymmetricKeyType === 'rsa-pss');
    case 'ES':
      return key.type === 'public' && key.asymmetricKeyType === 'ec';
    default:
      return false;
  }
}
