/**
 * A column's value as the trail writes it, the same whichever way the row was read:
 *
 * | column | form |
 * |---|---|
 * | integer, float, boolean, text, enum, uuid | JSON number, boolean, string; a number that JSON can't carry exactly is a string |
 * | bigint, decimal | string, digits as the database prints them |
 * | timestamp with a zone, SQLite datetime | `2026-11-21T20:44:00.123Z`, six decimals if the database keeps them |
 * | timestamp or datetime without a zone | `2026-11-21T20:44:00.123` |
 * | date, time, interval, range, network address, … | string, as the database prints it |
 * | json, simple-json | the JSON text ({@link JsonText}), compared by content |
 * | array, simple-array, set | array |
 * | bytes | `{ bytes, sha256 }` |
 * | geometry | GeoJSON |
 *
 * Value transformers of TypeORM are not applied: it is the stored form that is compared and recorded.
 */
export type RowValue = null | boolean | number | string | JsonText | BytesDigest | readonly RowValue[];

/** JSON as the database gave it. Parsed only where two texts differ. */
export class JsonText {
  constructor(
    readonly text: string,
    /** Recorded as a whole, not member by member. */
    readonly whole = false,
  ) {}

  /** @returns the value; the text itself when its numbers would not survive JavaScript's */
  parse(): unknown {
    return LONG_NUMBER.test(this.text) && !numbersSurvive(this.text) ? this.text : JSON.parse(this.text);
  }
}

/** What is kept of bytes. */
export class BytesDigest {
  constructor(
    readonly bytes: number,
    /** SHA-256 of the bytes, lowercase hex. */
    readonly sha256: string,
  ) {}
}

/** Sixteen or more digits in a row: a double may not tell them from their neighbours. */
const LONG_NUMBER = /\d{16}/;
/** A string, or a number. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs;

function numbersSurvive(json: string): boolean {
  for (const [token] of json.matchAll(TOKEN)) {
    if (token.length >= 16 && !token.startsWith('"') && String(Number(token)) !== token) return false;
  }
  return true;
}

/** Whether two values are the same. JSON is compared by text here; {@link diffJson} knows better. */
export function sameValue(a: RowValue, b: RowValue): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return Object.is(a, b);
  if (a instanceof JsonText) return b instanceof JsonText && a.text === b.text;
  if (a instanceof BytesDigest) return b instanceof BytesDigest && a.bytes === b.bytes && a.sha256 === b.sha256;
  return JSON.stringify(a) === JSON.stringify(b);
}
