/** Runs something again and again, where the application can see it. */
export interface FlushSchedule {
  /**
   * @param job.name unique in the process
   * @param job.everyMs in milliseconds
   * @returns ends it
   */
  every(job: { readonly name: string; readonly everyMs: number; readonly run: () => void }): () => void;
}
