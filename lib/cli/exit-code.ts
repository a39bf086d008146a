import type { CliIo } from './cli-io.interface.js';

/** What a command's end says. */
export const ExitCode = {
  /** Done; what was checked is as it was sealed. */
  OK: 0,
  /** Something is wrong with the log. */
  FINDING: 1,
  /** It could not be checked or done: wrong arguments, no access, nothing to compare with. */
  FAILED: 2,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** A finding weighs more than a part that could not be checked. */
export function setExitCode(io: CliIo, code: ExitCode): void {
  if (io.exitCode !== ExitCode.FINDING) io.exitCode = code === ExitCode.OK ? io.exitCode : code;
}
