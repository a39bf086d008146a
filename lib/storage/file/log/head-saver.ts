import type { Turns } from '../io/turns.js';

/** A head file that is larger than this share of what was appended since is written less often. */
const BYTES_PER_HEAD_BYTE = 16;

export interface HeadSaverOptions {
  /** Save when nothing was saved for so long, in milliseconds; Infinity for never. */
  readonly afterMs: number;
  /** Save when so much was appended since. */
  readonly afterBytes: number;
}

/** Decides when the head file is written: soon after the log has grown, and not with every batch. */
export class HeadSaver {
  private bytes = 0;
  private headBytes = 0;
  private timer: NodeJS.Timeout | null = null;
  private waiting = false;

  /** @param save writes the head file; never rejects, and says how large it is */
  constructor(
    private readonly turns: Turns,
    private readonly save: () => Promise<number>,
    private readonly options: HeadSaverOptions,
  ) {}

  /** The log has grown. */
  grew(bytes: number): void {
    this.bytes += bytes;
    if (this.bytes >= Math.max(this.options.afterBytes, this.headBytes * BYTES_PER_HEAD_BYTE)) this.saveNext();
    else if (this.options.afterMs < Infinity) {
      this.timer ??= setTimeout(() => this.saveNext(), this.options.afterMs).unref();
    }
  }

  /** Saves now; to be called in a turn. */
  async saveNow(): Promise<void> {
    this.stop();
    this.bytes = 0;
    this.headBytes = await this.save();
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer);
    this.timer = null;
  }

  private saveNext(): void {
    this.stop();
    if (this.waiting) return;
    this.waiting = true;
    void this.turns.take(async () => {
      this.waiting = false;
      if (this.bytes > 0) await this.saveNow();
    });
  }
}
