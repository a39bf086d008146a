/** What a command sees of the outside world. */
export interface CliIo {
  /** Writes to the standard output. */
  out(text: string): void;
  /** Resolves once the standard output takes more. Whoever writes much waits for it. @default it always does */
  drain?(): Promise<void>;
  /** Writes to the standard error: progress, notices, problems. */
  err(text: string): void;
  /** Whether a person looks at the standard output. */
  readonly outIsTerminal: boolean;
  /** Whether a person looks at the standard error. */
  readonly errIsTerminal: boolean;
  /** Width of the terminal on the standard error, in characters. @default wide enough */
  readonly errColumns?: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
  /** The exit code so far; the worst one counts. */
  exitCode: number;
}
