import type { OperationalLog } from './audit-log.interface.js';

/** A failure that repeats is logged once, then again after this long, with the count in between. */
const QUIET_MS = 10_000;

/**
 * Every failure of the trail itself goes through here: counted, logged without flooding, and handed to the
 * application's `onError`. Never throws.
 */
export class FailureReporter {
  private readonly counts = new Map<string, { total: number; unlogged: number; loggedAt: number }>();

  constructor(
    private readonly log: OperationalLog,
    private readonly onError?: (error: unknown, context: Readonly<Record<string, unknown>>) => void,
  ) {}

  /** @param where the part that failed, a bounded name: `seal`, `capture.body`, `spool`, … */
  report(where: string, error: unknown, context: Readonly<Record<string, unknown>> = {}): void {
    const entry = this.counts.get(where) ?? { total: 0, unlogged: 0, loggedAt: -Infinity };
    this.counts.set(where, entry);
    entry.total++;
    const now = Date.now();
    if (now - entry.loggedAt >= QUIET_MS) {
      const more = entry.unlogged > 0 ? ` (and ${entry.unlogged} more of the kind since)` : '';
      this.log.error(`Audit trail: ${where} failed: ${messageOf(error)}${more}`);
      entry.loggedAt = now;
      entry.unlogged = 0;
    } else {
      entry.unlogged++;
    }
    try {
      this.onError?.(error, { where, ...context });
    } catch (second) {
      this.log.error(`Audit trail: the application's onError threw: ${messageOf(second)}`);
    }
  }

  /** Failures since the start, by part. */
  totals(): Record<string, number> {
    return Object.fromEntries([...this.counts].map(([where, { total }]) => [where, total]));
  }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error);
  } catch {
    return 'unreadable error';
  }
}
