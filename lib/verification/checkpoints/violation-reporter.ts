import type { CheckpointViolation } from './checkpoint-violation.interface.js';

/** Enough to know again what is wrong; whoever can make up more has made the point. */
const REMEMBERED = 1_000;

/** Passes each violation on once, however often it is found again. */
export class ViolationReporter {
  private readonly seen = new Set<string>();
  private reported = 0;

  constructor(private readonly onViolation: (violation: CheckpointViolation) => void) {}

  /** Different violations since the start. */
  get count(): number {
    return this.reported;
  }

  report(violation: CheckpointViolation): void {
    // What is found goes on changing while the log grows; what was signed does not.
    const key = JSON.stringify([violation.class, violation.expected ?? violation.found]);
    if (this.seen.has(key) || this.seen.size >= REMEMBERED) return;
    this.seen.add(key);
    this.reported++;
    this.onViolation(violation);
  }
}
