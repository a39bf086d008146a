import { v7 } from 'uuid';

const DASH = 0x2d;
const HEX = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0));
const bytes = new Uint8Array(16);

/**
 * A new UUIDv7. Its text is made at once: uuid's own joins and lowers 16 pieces, at 3,000 instructions and a text that
 * has to be flattened later.
 *
 * @param random 16 random bytes to use; without them ids of one process ascend within a millisecond, too
 */
export function newUuid(random?: Uint8Array): string {
  v7(random === undefined ? undefined : { random }, bytes);
  return uuidText(bytes);
}

/** @param uuid 16 bytes */
export function uuidText(uuid: Uint8Array): string {
  const high = (index: number) => HEX[uuid[index] >> 4];
  const low = (index: number) => HEX[uuid[index] & 15];
  return String.fromCharCode(
    high(0),
    low(0),
    high(1),
    low(1),
    high(2),
    low(2),
    high(3),
    low(3),
    DASH,
    high(4),
    low(4),
    high(5),
    low(5),
    DASH,
    high(6),
    low(6),
    high(7),
    low(7),
    DASH,
    high(8),
    low(8),
    high(9),
    low(9),
    DASH,
    high(10),
    low(10),
    high(11),
    low(11),
    high(12),
    low(12),
    high(13),
    low(13),
    high(14),
    low(14),
    high(15),
    low(15),
  );
}
