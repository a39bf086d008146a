/** Counts of one sink in this process since it started. */
export interface SinkCounters {
  /** Events that the destination acknowledged. */
  readonly delivered: number;
  /** Of these, events that it had already. */
  readonly duplicates: number;
  /** Events that it refused for good. */
  readonly failed: number;
  /** Calls that ended with a passing failure. */
  readonly retries: number;
  /** Times that the destination refused us. */
  readonly refusals: number;
  /** Events kept back because their route failed. */
  readonly parked: number;
  /** Bytes of JSON lines that were delivered. */
  readonly bytes: number;
}

export type MutableSinkCounters = { -readonly [name in keyof SinkCounters]: number };

export function zeroCounters(): MutableSinkCounters {
  return { delivered: 0, duplicates: 0, failed: 0, retries: 0, refusals: 0, parked: 0, bytes: 0 };
}
