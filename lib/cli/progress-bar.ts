import type { CliIo } from './cli-io.interface.js';
import { count } from './terminal.js';

const WIDTH = 30;
const PAUSE_MS = 100;

/** A bar on the standard error, if a person looks at it. */
export class ProgressBar {
  private shownAt = 0;
  private readonly begin = performance.now();

  constructor(
    private readonly io: CliIo,
    private readonly label: string,
    private readonly enabled = true,
  ) {}

  show(done: number, total: number): void {
    if (!this.visible || performance.now() - this.shownAt < PAUSE_MS) return;
    this.shownAt = performance.now();
    const part = total > 0 ? Math.min(done / total, 1) : 1;
    const filled = Math.round(part * WIDTH);
    const rate = count(Math.round((done / Math.max(performance.now() - this.begin, 1)) * 1000));
    const bar = `${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}`;
    const told = `${Math.floor(part * 100)} % of ${count(total)}, ${rate}/s`;
    // A line that is wrapped cannot be written over: each step would leave one behind.
    const widths = [`${this.label} ${bar} ${told}`, `${this.label} ${told}`, `${Math.floor(part * 100)} %`];
    const { errColumns = Infinity } = this.io;
    const line = widths.find(({ length }) => length < errColumns) ?? '';
    this.io.err(`\r${line}\u001b[K`);
  }

  /** Takes the bar away. */
  done(): void {
    if (this.visible && this.shownAt > 0) this.io.err('\r\u001b[K');
    this.shownAt = 0;
  }

  private get visible(): boolean {
    return this.enabled && this.io.errIsTerminal;
  }
}
