import { readFileSync } from 'node:fs';
import type { KeyObject } from 'node:crypto';
import { InvalidAuditOptionsError } from '../../config/invalid-audit-options.error.js';
import type { JwtOptions } from '../../config/jwt.options.js';
import type { Resolved } from '../../config/option-section.js';
import { fits, toVerificationKey } from './verification-key.js';

/**
 * The key that the options give or name. One that could verify no token at all stops the start: otherwise every caller
 * would be recorded as anonymous.
 *
 * @throws {InvalidAuditOptionsError}
 */
export function configuredKey(jwt: Resolved<JwtOptions>): KeyObject {
  const { secret, publicKey, publicKeyFile, algorithms } = jwt;
  const given = secret ?? publicKey;
  const key = given === undefined ? keyOfFile(publicKeyFile ?? '') : toVerificationKey(given);
  if (!algorithms.some((algorithm) => fits(key, algorithm))) {
    refuse('algorithms', JSON.stringify(algorithms), `algorithms that fit the key, which is ${describe(key)}`);
  }
  return key;
}

function keyOfFile(path: string): KeyObject {
  try {
    const pem = readFileSync(path, 'utf8');
    // Any other text would be taken for a shared secret.
    if (pem.includes('-----BEGIN ')) return toVerificationKey(pem);
  } catch (error) {
    refuse('publicKeyFile', JSON.stringify(path), `a file with a public key or certificate in PEM (${String(error)})`);
  }
  return refuse('publicKeyFile', JSON.stringify(path), 'a file with a public key or certificate in PEM');
}

function describe(key: KeyObject): string {
  return key.type === 'secret' ? 'a shared secret' : `a public key of the type ${String(key.asymmetricKeyType)}`;
}

function refuse(option: string, given: string, allowed: string): never {
  throw new InvalidAuditOptionsError([{ path: `actor.jwt.${option}`, given, allowed }]);
}
