import { CommanderError } from 'commander';
import { InvalidAuditOptionsError } from '../config/invalid-audit-options.error.js';
import type { CliIo } from './cli-io.interface.js';
import { ExitCode } from './exit-code.js';
import { createProgram } from './program.js';

/**
 * Runs one command.
 *
 * @param args without the interpreter and the script
 * @returns exit code: 0 fine, 1 finding, 2 could not be checked or done
 */
export async function runCli(args: readonly string[], io: CliIo): Promise<number> {
  try {
    await createProgram(io).parseAsync([...args], { from: 'user' });
    return io.exitCode;
  } catch (error) {
    // Commander has told already; its code is 0 for --help and --version.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.OK : ExitCode.FAILED;
    if (io.signal.aborted) {
      io.err('Interrupted.\n');
      return ExitCode.FAILED;
    }
    io.err(`${describe(error)}\n`);
    return ExitCode.FAILED;
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // A message that tells what to do needs no stack; anything else is our mistake, and the stack helps to find it.
  const known = error instanceof InvalidAuditOptionsError || error.name !== 'Error' || 'code' in error;
  const builtIn = ['TypeError', 'ReferenceError', 'RangeError', 'SyntaxError'].includes(error.name);
  return known && !builtIn ? error.message : (error.stack ?? error.message);
}
