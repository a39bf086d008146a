/** How long objects are locked, counted from when they are written. The parts add up. */
export interface Retention {
  readonly years?: number;
  readonly months?: number;
  readonly days?: number;
}

const DAY_MS = 86_400_000;
const LONGEST_YEARS = 100;

/**
 * Adds a retention to a date in UTC. A day that the target month does not have becomes its last day: a year after
 * 29 February is 28 February.
 */
export function retainUntil(from: Date, { years = 0, months = 0, days = 0 }: Retention): Date {
  const target = new Date(from);
  const day = target.getUTCDate();
  target.setUTCDate(1);
  target.setUTCMonth(target.getUTCMonth() + months + 12 * years);
  const lastDay = new Date(Date.UTC(target.getUTCFullYear(), target.getUTCMonth() + 1, 0)).getUTCDate();
  target.setUTCDate(Math.min(day, lastDay));
  return new Date(target.getTime() + days * DAY_MS);
}

/** @returns what is wrong with it, or null */
export function retentionProblem(retention: unknown): string | null {
  if (typeof retention !== 'object' || retention === null) return 'it is an object such as { years: 7 }';
  const entries = Object.entries(retention).filter(([, value]) => value !== undefined);
  const unknown = entries.find(([name]) => !['years', 'months', 'days'].includes(name));
  if (unknown) return `"${unknown[0]}" is none of years, months, days`;
  if (entries.some(([, value]) => !Number.isSafeInteger(value) || (value as number) < 0))
    return 'its parts are whole numbers from 0';
  const { years = 0, months = 0, days = 0 } = retention as Retention;
  if (years + months + days === 0) return 'it is longer than nothing';
  return years + months / 12 + days / 365 > LONGEST_YEARS ? `it is at most ${LONGEST_YEARS} years` : null;
}
