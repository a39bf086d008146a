/** Runs something at the times of a cron expression. */
export interface JobScheduler {
  /**
   * @param job.name unique in the process
   * @param job.timeZone IANA name. @default the process's
   */
  schedule(job: {
    readonly name: string;
    readonly cron: string;
    readonly timeZone?: string;
    readonly run: () => void;
  }): ScheduledJob;
}

export interface ScheduledJob {
  /** The first time after the given one, both in Unix milliseconds. */
  nextAfter(time: number): number;
  /** No further runs. */
  stop(): void;
}
