#!/usr/bin/env node
import type { CliIo } from './cli-io.interface.js';
import { ExitCode } from './exit-code.js';
import { runCli } from './run-cli.js';

const interruption = new AbortController();
const interrupt = () => {
  // The second time nobody wants to wait for an orderly end.
  if (interruption.signal.aborted) process.exit(ExitCode.FAILED);
  interruption.abort(new Error('Interrupted.'));
};
process.on('SIGINT', interrupt);
process.on('SIGTERM', interrupt);
// `… | head` closes the pipe when it has enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(ExitCode.OK);
  throw error;
});

const io: CliIo = {
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  env: process.env,
  signal: interruption.signal,
  exitCode: ExitCode.OK,
};

void runCli(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});
