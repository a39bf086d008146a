import type { VerifiableLog } from '../verifier/verifiable-log.port.js';
import type { Finding } from '../verifier/finding.interface.js';

export interface StalenessFacts {
  readonly log: Pick<VerifiableLog, 'readRange'>;
  /** Number of records; not 0. */
  readonly size: number;
  /** Number of records that signed checkpoints prove, those of anchors if there are any. */
  readonly covered: number;
  readonly staleAfterMs: number;
  /** Unix time in milliseconds. */
  readonly now: number;
}

/**
 * Checkpoints carry no time, the sealed records do: it is too long when the oldest record that no checkpoint covers is
 * old, or when even the last record is, since a log that is silent seals a sign of life now and then.
 */
export async function checkStaleness({ log, size, covered, staleAfterMs, now }: StalenessFacts): Promise<Finding[]> {
  const [row] = await log.readRange(Math.min(covered, size - 1), 1);
  const age = now - Date.parse(row?.occurredAt ?? '');
  if (!(age > staleAfterMs)) return [];
  const since = row.occurredAt;
  const message =
    covered < size
      ? `No signed checkpoint covers record ${covered} and those behind it; it is of ${since}.`
      : `Nothing was recorded since ${since}, not even a sign of life.`;
  return [
    {
      class: 'stale',
      reason: 'stale',
      index: covered < size ? covered : null,
      eventId: null,
      expected: `${staleAfterMs} ms at most`,
      found: `${Math.round(age)} ms`,
      message: `${message} Until the next checkpoint whoever owns the database can cut off what is newer.`,
    },
  ];
}
