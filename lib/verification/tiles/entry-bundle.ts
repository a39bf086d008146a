import { asBuffer } from '../encoding/strict-encoding.js';
import { TileError } from './tile.error.js';
import { TILE_WIDTH } from './tile-layout.js';

/** Largest entry of a bundle, hence largest record. */
export const MAX_ENTRY_BYTES = 65_535;
const LENGTH_BYTES = 2;

/**
 * Writes entries as a bundle: u16 length (big-endian) ‖ bytes, for each.
 *
 * @throws TileError for no entry, more than 256, or one of more than 65,535 bytes
 * @publicApi
 */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Buffer {
  if (entries.length === 0 || entries.length > TILE_WIDTH) {
    throw new TileError('malformed_bundle', `A bundle has 1 to ${TILE_WIDTH} entries, got ${entries.length}.`);
  }
  const parts: Uint8Array[] = [];
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) {
      throw new TileError(
        'entry_too_large',
        `An entry has at most ${MAX_ENTRY_BYTES} bytes in the tile format, got ${entry.length}.`,
      );
    }
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt16BE(entry.length);
    parts.push(length, entry);
  }
  return Buffer.concat(parts);
}

/**
 * Reads a bundle.
 *
 * @param width number of entries that it must hold
 * @throws TileError if it holds another number of entries, or is cut off
 * @publicApi
 */
export function decodeEntryBundle(bundle: Uint8Array, width: number): Buffer[] {
  const bytes = asBuffer(bundle);
  const entries: Buffer[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const start = offset + LENGTH_BYTES;
    const end = start <= bytes.length ? start + bytes.readUInt16BE(offset) : Infinity;
    if (end > bytes.length) {
      throw new TileError('malformed_bundle', `The bundle ends inside entry ${entries.length}. It was cut off.`);
    }
    entries.push(bytes.subarray(start, end));
    offset = end;
  }
  if (entries.length !== width) {
    throw new TileError('malformed_bundle', `The bundle holds ${entries.length} entries, expected ${width}.`);
  }
  return entries;
}
