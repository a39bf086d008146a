/** Type numbers of PostgreSQL's catalogue. */
const TEXT_OID = 25;
const INT8_OID = 20;

/** ndim, has-null flag, element type, length, lower bound: four bytes each. */
const HEADER_BYTES = 20;
const LENGTH_BYTES = 4;
const INT8_BYTES = 8;
const NULL_LENGTH = -1;
const TWO_TO_32 = 2 ** 32;

/**
 * A one-dimensional `text[]` in PostgreSQL's binary format, which `pg` sends as it is when it is given a Buffer. The
 * text format would quote every quotation mark of every record, on one side, and unquote it on the other: measured, the
 * binary one costs the client a quarter of the time and the whole insert half.
 *
 * @see https://github.com/postgres/postgres/blob/master/src/backend/utils/adt/arrayfuncs.c array_recv
 */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += LENGTH_BYTES + (value === null ? 0 : Buffer.byteLength(value));
  const buffer = withHeader(bytes, TEXT_OID, values.length);
  let offset = HEADER_BYTES;
  for (const value of values) {
    const length = value === null ? NULL_LENGTH : buffer.write(value, offset + LENGTH_BYTES);
    buffer.writeInt32BE(length, offset);
    offset += LENGTH_BYTES + Math.max(length, 0);
  }
  return buffer;
}

/** A one-dimensional `bigint[]` of non-negative safe integers in PostgreSQL's binary format. */
export function bigintArray(values: readonly number[]): Buffer {
  const buffer = withHeader(HEADER_BYTES + values.length * (LENGTH_BYTES + INT8_BYTES), INT8_OID, values.length);
  let offset = HEADER_BYTES;
  for (const value of values) {
    buffer.writeInt32BE(INT8_BYTES, offset);
    buffer.writeUInt32BE(Math.floor(value / TWO_TO_32), offset + LENGTH_BYTES);
    buffer.writeUInt32BE(value % TWO_TO_32, offset + 2 * LENGTH_BYTES);
    offset += LENGTH_BYTES + INT8_BYTES;
  }
  return buffer;
}

function withHeader(bytes: number, elementType: number, length: number): Buffer {
  const buffer = Buffer.allocUnsafe(bytes);
  buffer.writeInt32BE(1, 0);
  buffer.writeInt32BE(elementType === TEXT_OID ? 1 : 0, 4);
  buffer.writeInt32BE(elementType, 8);
  buffer.writeInt32BE(length, 12);
  buffer.writeInt32BE(1, 16);
  return buffer;
}
