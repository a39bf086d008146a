import type { StoredCheckpoint } from '../../../verification/checkpoints/checkpoint-store.port.js';

/** Room for a time in quotes, `"2026-11-21T20:44:00.123456Z"`, or `null` and blanks. */
const STAMP_BYTES = 29;
const PREFIX = '{"anchoredAt":';

/** Where in a line the time of anchoring stands: it is filled in later, and nothing else of a line ever changes. */
export const STAMP_OFFSET = PREFIX.length;

export function formatCheckpoint({ size, root, note, createdAt, anchoredAt }: StoredCheckpoint): string {
  const rest = JSON.stringify({ size, root, createdAt, note }).slice(1);
  return `${PREFIX}${formatStamp(anchoredAt)},${rest}\n`;
}

/** @throws RangeError for a time that is not of the width that all have */
export function formatStamp(at: string | null): string {
  const text = JSON.stringify(at);
  if (at === null || text.length === STAMP_BYTES) return text.padEnd(STAMP_BYTES);
  throw new RangeError(`A time of anchoring is written 2026-11-21T20:44:00.123456Z, in UTC; got ${String(at)}.`);
}

/** @returns null if the line is no checkpoint */
export function parseCheckpoint(bytes: Buffer): StoredCheckpoint | null {
  try {
    const { size, root, note, createdAt, anchoredAt } = JSON.parse(bytes.toString('utf8')) as StoredCheckpoint;
    const sound = Number.isSafeInteger(size) && typeof root === 'string' && typeof note === 'string';
    return sound ? { size, root, note, createdAt, anchoredAt } : null;
  } catch {
    return null;
  }
}
