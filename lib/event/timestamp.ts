const MICROSECONDS = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z$/;

/** How far the monotonic clock may run away from the wall clock before it is set again, in milliseconds. */
const MAX_DRIFT_MS = 2;

let origin = Date.now() - performance.now();
let cachedSecond = -1;
let cachedPrefix = '';
/** Nearly every time that is looked at was formatted a moment ago. */
let latest = '';

/** Now, as RFC 3339 UTC with microseconds. */
export function timestampNow(): string {
  return formatTimestamp(wallClock());
}

/**
 * Unix milliseconds with a fraction. The wall clock gives the milliseconds; the monotonic clock gives what lies below
 * them and is set anew whenever the wall clock was moved.
 */
export function wallClock(): number {
  const wall = Date.now();
  let precise = origin + performance.now();
  if (precise - wall > MAX_DRIFT_MS || wall - precise > MAX_DRIFT_MS) {
    origin = wall - performance.now();
    precise = wall;
  }
  return precise;
}

/** Formats Unix milliseconds (fractions count) as RFC 3339 UTC with microseconds. */
export function formatTimestamp(unixMs: number): string {
  const micros = Math.floor(unixMs * 1000);
  const second = Math.floor(micros / 1_000_000);
  // Building a Date for every event is most of the cost; within a second only the fraction changes.
  if (second !== cachedSecond) {
    cachedPrefix = new Date(second * 1000).toISOString().slice(0, 20);
    cachedSecond = second;
  }
  return (latest = `${cachedPrefix}${String(micros - second * 1_000_000).padStart(6, '0')}Z`);
}

/** Whether the text is exactly the form that records use. */
export function isTimestamp(text: string): boolean {
  // Most are of the second that was formatted last; only their fraction is to be looked at then.
  if (text.length === 27 && text.startsWith(cachedPrefix) && cachedPrefix !== '') return isFraction(text);
  return MICROSECONDS.test(text) && !Number.isNaN(Date.parse(text));
}

/**
 * Brings a caller's point in time into the form that records use.
 * @returns null when it is no point in time between the years 0 and 9999
 */
export function toTimestamp(value: string | Date): string | null {
  if (typeof value === 'string') {
    if (value === latest || isTimestamp(value)) return value;
    const fraction = /\.(\d{4,6})\d*(?=Z|[+-]\d{2}:\d{2}$)/.exec(value)?.[1];
    const ms = Date.parse(value);
    if (!isYearWithinForm(ms)) return null;
    const form = formatTimestamp(ms);
    return fraction ? `${form.slice(0, 20)}${fraction.padEnd(6, '0')}Z` : form;
  }
  const ms = Date.prototype.getTime.call(value);
  return isYearWithinForm(ms) ? formatTimestamp(ms) : null;
}

function isYearWithinForm(ms: number): boolean {
  return ms >= -62_167_219_200_000 && ms <= 253_402_300_799_999;
}

function isFraction(text: string): boolean {
  for (let index = 20; index < 26; index++) {
    const code = text.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return false;
  }
  return text.charCodeAt(26) === 0x5a;
}
