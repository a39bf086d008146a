import { TextDecoder } from 'node:util';

const DECIMAL = /^(0|[1-9][0-9]*)$/;
const MAX_UINT64 = 2n ** 64n - 1n;
const LONGEST_UINT64 = 20;

/** `ignoreBOM` keeps a byte order mark as a character; without it the decoder swallows three signed bytes. */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Decodes standard base64 with padding, and nothing else.
 *
 * Node's decoder reads many spellings as the same bytes (missing padding, stray bits, white space, the URL alphabet).
 * Two spellings of one signature break every comparison by text, so only the canonical one is accepted.
 *
 * @returns the bytes, or `undefined` if the text is not the canonical encoding of any
 */
export function decodeBase64(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

/** Encodes bytes as standard base64 with padding. */
export function encodeBase64(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('base64');
}

/**
 * Reads an unsigned 64-bit integer in canonical decimal: digits only, no sign, no leading zero, no white space.
 *
 * @returns the number, or `undefined` if the text is anything else
 */
export function parseUint64(text: string): bigint | undefined {
  if (text.length > LONGEST_UINT64 || !DECIMAL.test(text)) return undefined;
  const value = BigInt(text);
  return value <= MAX_UINT64 ? value : undefined;
}

/** Tells whether a bigint fits 64 unsigned bits, the range of sizes and indexes in every format here. */
export function isUint64(value: bigint): boolean {
  return value >= 0n && value <= MAX_UINT64;
}

/**
 * Decodes UTF-8, a byte order mark included as a character.
 *
 * @returns the text, or `undefined` if the bytes are not valid UTF-8
 */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Tells whether a string has a UTF-8 form, that is, no lone surrogate. */
export function isWellFormed(text: string): boolean {
  return (text as string & { isWellFormed(): boolean }).isWellFormed();
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Compares two byte strings. Public hashes and roots: no constant time needed. */
export function equalBytes(left: Uint8Array, right: Uint8Array): boolean {
  return asBuffer(left).equals(right);
}
