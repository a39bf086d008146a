import type { StoredCheckpoint } from './checkpoint-store.port.js';

/** How long there has been no new checkpoint, by this process's own clock but for the first look. */
export class SilenceWatch {
  private size: number | null = null;
  private since = 0;

  /** @param longest more than this is never believed of a time in the database, in milliseconds */
  constructor(private readonly longest: number) {}

  /** @returns milliseconds since a new checkpoint was seen */
  measure(latest: StoredCheckpoint | null): number {
    const size = latest?.size ?? -1;
    if (size !== this.size) {
      const age = this.size === null && latest ? Date.now() - Date.parse(latest.createdAt) : 0;
      this.since = performance.now() - Math.min(Math.max(age || 0, 0), this.longest);
      this.size = size;
    }
    return performance.now() - this.since;
  }
}
