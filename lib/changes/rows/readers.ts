import { createHash } from 'node:crypto';
import { BytesDigest, JsonText } from './row-value.js';
import type { RowValue } from './row-value.js';

/** How one column is read: the SQL that gives a driver-independent form, and what that form means. */
export interface ColumnReader {
  /** SQL of the value, given the column's quoted name. */
  sql(column: string): string;
  /** From what the driver returned; never called with null. */
  value(raw: unknown): RowValue;
  /**
   * Whether the value read can be given back as a parameter that finds the row. Primary keys that can't be are read a
   * second time, as they are.
   * @default true
   */
  readonly findable?: boolean;
  /** What a text in another form than `sql` gives it has to be prepared for. */
  readonly kind?: 'boolean' | 'timestamp';
}

/** From here on numbers are printed with an exponent, so nobody takes their digits for exact ones. */
const PRINTED_WITH_EXPONENT = 1e21;

type Sql = (column: string) => string;

const asIs: Sql = (column) => column;

export const text = (sql: Sql = asIs): ColumnReader => ({ sql, value: (raw) => bytesOr(raw, String) });

export const number = (sql: Sql = asIs): ColumnReader => ({ sql, value: (raw) => bytesOr(raw, toNumber) });

export const boolean = (): ColumnReader => ({
  sql: asIs,
  value: (raw) => (typeof raw === 'boolean' ? raw : Number(raw) !== 0),
  kind: 'boolean',
});

export const json = (sql: Sql = asIs): ColumnReader => ({
  sql,
  value: (raw) => new JsonText(typeof raw === 'string' ? raw : JSON.stringify(raw)),
  findable: false,
});

/** GeoJSON: a shape is one value. */
export const geometry = (sql: Sql): ColumnReader => ({
  sql,
  value: (raw) => new JsonText(String(raw), true),
  findable: false,
});

/** `a,b,c`, as TypeORM's simple-array and MySQL's SET are stored. */
export const list = (sql: Sql = asIs): ColumnReader => ({
  sql,
  value: (raw) => (raw === '' ? [] : String(raw).split(',')),
  findable: false,
});

/** A JSON array written by the database. */
export const jsonArray = (sql: Sql): ColumnReader => ({
  sql,
  value: (raw) => {
    const parsed = new JsonText(String(raw)).parse();
    return Array.isArray(parsed) ? (parsed as RowValue[]) : String(raw);
  },
  findable: false,
});

/** `<length>:<sha256 in hex>`, computed by the database so that the bytes need not travel. */
export const digest = (sql: Sql): ColumnReader => ({
  sql,
  value: (raw) => {
    const [bytes, sha256] = String(raw).split(':');
    return new BytesDigest(Number(bytes), sha256);
  },
  findable: false,
});

/** Whatever the driver hands over: bytes become a digest, numbers stay numbers, the rest is text. */
export const anything = (sql: Sql = asIs): ColumnReader => ({
  sql,
  value: (raw) => bytesOr(raw, (value) => (typeof value === 'number' ? toNumber(value) : String(value))),
});

/** `2026-11-21T20:44:00.123456` with or without `Z`; what lies below the millisecond goes when it is zero. */
export const timestamp = (sql: Sql): ColumnReader => ({
  sql,
  value: (raw) => String(raw).replace(/(\.\d{3})000(?=Z?$)/, '$1'),
  kind: 'timestamp',
});

function bytesOr(raw: unknown, otherwise: (raw: unknown) => RowValue): RowValue {
  if (!(raw instanceof Uint8Array)) return otherwise(raw);
  return new BytesDigest(raw.byteLength, createHash('sha256').update(raw).digest('hex'));
}

function toNumber(raw: unknown): RowValue {
  const parsed = Number(raw);
  const whole = Number.isSafeInteger(parsed) || Math.abs(parsed) >= PRINTED_WITH_EXPONENT;
  const carried = Number.isFinite(parsed) && (!Number.isInteger(parsed) || whole);
  return carried && (typeof raw !== 'string' || String(parsed) === raw) ? parsed : String(raw);
}
