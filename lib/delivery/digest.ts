import { hash } from 'node:crypto';

const UUID_BYTES = 16;

/** Lowercase hex SHA-256 of a text's UTF-8 bytes, or of bytes. */
export function sha256Hex(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

/**
 * A UUID that follows from a name (version 5, RFC 9562 §5.5).
 *
 * @param namespace 16 bytes, different for each kind of name
 */
export function nameUuid(namespace: Uint8Array, name: string): string {
  if (namespace.length !== UUID_BYTES) throw new RangeError(`A namespace has ${UUID_BYTES} bytes.`);
  const bytes = Buffer.allocUnsafe(UUID_BYTES + Buffer.byteLength(name));
  bytes.set(namespace);
  bytes.write(name, UUID_BYTES);
  const hex = hash('sha1', bytes, 'hex');
  const variant = ((Number.parseInt(hex[16], 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
