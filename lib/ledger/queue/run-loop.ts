export interface RunLoopParts {
  /** Does what there is to do, or a part of it. */
  readonly run: () => Promise<void>;
  readonly hasWork: () => boolean;
  /** Whether a run may begin at all. */
  readonly mayRun: () => boolean;
  /** Whether there is enough to do for a run to begin at once. */
  readonly isDue: () => boolean;
  /** How long the first piece of work waits for company, in milliseconds. */
  readonly lingerMs: number;
  readonly onFailure: (error: unknown) => void;
}

/** One run at a time, so that order holds and batches fill while the one before is being written. */
export class RunLoop {
  private current: Promise<void> | null = null;
  private timer: NodeJS.Timeout | NodeJS.Immediate | null = null;
  private urgent = false;

  constructor(private readonly parts: RunLoopParts) {}

  /** The run that is going on. */
  get running(): Promise<void> | null {
    return this.current;
  }

  /** Has a run begin soon, or in the next turn. A run that is going on sees to it by itself. */
  wake(urgent: boolean): void {
    const { run, mayRun, isDue, lingerMs, onFailure } = this.parts;
    if (this.current || !mayRun()) return;
    const now = urgent || isDue();
    if (this.timer && (this.urgent || !now)) return;
    if (this.timer) clearTimeout(this.timer as NodeJS.Timeout);
    this.urgent = now;
    const start = () => {
      this.timer = null;
      this.urgent = false;
      // Nothing in there should throw; if it does, the application must not go down with it.
      this.exclusively(run).catch(onFailure);
    };
    this.timer = now ? setImmediate(start) : setTimeout(start, lingerMs);
  }

  /** Does something between two runs. @throws what it throws */
  async exclusively(work: () => Promise<void>): Promise<void> {
    while (this.current) await this.current;
    this.current = work().finally(() => {
      this.current = null;
      if (this.parts.hasWork()) this.wake(false);
    });
    return this.current;
  }
}
