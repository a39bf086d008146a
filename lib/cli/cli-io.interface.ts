/** What a command sees of the outside world. */
export interface CliIo {
  /** Writes to the standard output. */
  out(text: string): void;
  /** Writes to the standard error: progress, notices, problems. */
  err(text: string): void;
  /** Whether a person looks at the standard output. */
  readonly outIsTerminal: boolean;
  /** Whether a person looks at the standard error. */
  readonly errIsTerminal: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** The exit code so far; the worst one counts. */
  exitCode: number;
}
