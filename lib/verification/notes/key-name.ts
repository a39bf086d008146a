import { hash } from 'node:crypto';
import { isWellFormed } from '../encoding/strict-encoding.js';
import { NoteKeyError } from './note-key.error.js';

/** `\s` misses U+0085 and takes U+FEFF for a space; the Unicode property is what the format means. */
// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const NOT_IN_A_NAME = /[\p{White_Space}+\u0000-\u001f]/u;
const KEY_ID_BYTES = 4;

/** Tells whether a text can name a key: not empty, no Unicode white space, no `+`, no control character. */
export function isKeyName(name: string): boolean {
  return name !== '' && !NOT_IN_A_NAME.test(name) && isWellFormed(name);
}

/** @throws NoteKeyError if the text cannot name a key */
export function assertKeyName(name: string): void {
  if (!isKeyName(name)) {
    throw new NoteKeyError(
      'malformed_name',
      `${JSON.stringify(name)} cannot name a key, because notes separate names by spaces and plus signs. ` +
        'Use a URL without scheme, such as example.com/audit-log.',
    );
  }
}

/**
 * Computes a key id: the first 4 bytes of SHA-256(name ‖ LF ‖ type ‖ public key), as 8 lowercase hex digits.
 *
 * @param name key name
 * @param type signature type (see {@link SignatureType})
 * @param publicKey raw public key
 */
export function computeKeyId(name: string, type: number, publicKey: Uint8Array): string {
  const input = Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), publicKey]);
  return hash('sha256', input, 'hex').slice(0, 2 * KEY_ID_BYTES);
}
