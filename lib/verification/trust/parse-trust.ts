import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { checkKeyFits, keyIdOf } from '../../ledger/sealing/event-signer.factory.js';
import { parseVerifierKey } from '../notes/verifier-key.js';
import type { TrustedEventKey } from '../verifier/signature-checker.js';
import { TrustError } from './trust.error.js';
import type { Trust, TrustedLogKey } from './trust.interface.js';

/** Reads a trust file. @throws TrustError */
export async function readTrustFile(path: string): Promise<Trust> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    throw new TrustError(path, (cause as Error).message, { cause });
  }
  return parseTrust(text, path);
}

/**
 * Reads the text of a trust file:
 *
 * ```json
 * {
 *   "origin": "example.com/audit-log",
 *   "keys": [{ "key": "example.com/audit-log+41d062d8+ATtq…", "firstSize": 0, "lastSize": 120000 }],
 *   "eventKeys": [{ "keyId": "k1", "algorithm": "ed25519", "publicKey": "-----BEGIN PUBLIC KEY-----…", "firstIndex": 0 }]
 * }
 * ```
 *
 * Unknown members are refused: a limit that is misspelt must not become no limit.
 *
 * @param source how the text is called in messages
 * @throws TrustError
 * @publicApi
 */
export function parseTrust(text: string, source: string): Trust {
  try {
    const { origin, keys, eventKeys } = members(JSON.parse(text), 'the file', ['origin', 'keys', 'eventKeys']);
    const name = textOf(origin, 'origin');
    return {
      origin: name,
      keys: listOf(keys, 'keys').map((key, n) => parseLogKey(key, `keys[${n}]`, name)),
      ...(eventKeys === undefined
        ? {}
        : { eventKeys: listOf(eventKeys, 'eventKeys').map((key, n) => parseEventKey(key, `eventKeys[${n}]`)) }),
    };
  } catch (cause) {
    throw new TrustError(source, (cause as Error).message, { cause });
  }
}

/**
 * Trusts keys without limits, as given on a command line.
 *
 * @param vkeys verifier keys, `name+id+base64`
 * @param origin name of the log. @default the name of the first key
 * @throws TrustError
 * @publicApi
 */
export function trustKeys(vkeys: readonly string[], origin?: string): Trust {
  try {
    const verifiers = vkeys.map((vkey) => parseVerifierKey(vkey));
    const name = origin ?? verifiers[0]?.name;
    if (name === undefined) throw new Error('there is none');
    return { origin: name, keys: verifiers.map((verifier) => unlimited(verifier, name)) };
  } catch (cause) {
    throw new TrustError('the verifier keys', (cause as Error).message, { cause });
  }
}

function unlimited(verifier: TrustedLogKey['verifier'], origin: string): TrustedLogKey {
  return { verifier, origin, firstSize: 0, lastSize: Infinity };
}

function parseLogKey(value: unknown, where: string, log: string): TrustedLogKey {
  const { key, origin, firstSize, lastSize } = members(value, where, ['key', 'origin', 'firstSize', 'lastSize']);
  return {
    verifier: parseVerifierKey(textOf(key, `${where}.key`)),
    origin: origin === undefined ? log : textOf(origin, `${where}.origin`),
    ...limits(firstSize, lastSize, `${where}.firstSize`, `${where}.lastSize`, (first, last) => ({
      firstSize: first,
      lastSize: last,
    })),
  };
}

function parseEventKey(value: unknown, where: string): TrustedEventKey {
  const known = ['keyId', 'algorithm', 'publicKey', 'firstIndex', 'lastIndex'];
  const { keyId, algorithm, publicKey, firstIndex, lastIndex } = members(value, where, known);
  const key = createPublicKey(textOf(publicKey, `${where}.publicKey`));
  const name = textOf(algorithm, `${where}.algorithm`);
  checkKeyFits(key, name, where);
  return {
    keyId: keyId === undefined ? keyIdOf(key) : textOf(keyId, `${where}.keyId`),
    algorithm: name,
    publicKey: key as KeyObject,
    ...limits(firstIndex, lastIndex, `${where}.firstIndex`, `${where}.lastIndex`, (from, last) => ({
      from,
      until: last + 1,
    })),
  };
}

function limits<T>(
  first: unknown,
  last: unknown,
  firstName: string,
  lastName: string,
  make: (first: number, last: number) => T,
): T {
  const from = first === undefined ? 0 : countOf(first, firstName);
  const to = last === undefined ? Infinity : countOf(last, lastName);
  if (to < from) throw new Error(`${lastName} is below ${firstName}`);
  return make(from, to);
}

function members(value: unknown, where: string, known: readonly string[]): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new Error(`${where} is not an object`);
  const stranger = Object.keys(value).find((name) => !known.includes(name));
  if (stranger !== undefined) {
    throw new Error(`${where} has a member "${stranger}"; known are ${known.join(', ')}`);
  }
  return value as Record<string, unknown>;
}

function listOf(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name} is not an array`);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new Error(`${name} is not a text`);
}

function countOf(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number;
  throw new Error(`${name} is not an integer from 0`);
}
