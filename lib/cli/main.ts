#!/usr/bin/env node
import { once } from 'node:events';
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
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // `… | head` closes the pipe when it has enough; what was found counts all the same.
  if (error.code === 'EPIPE') process.exit(io.exitCode);
  io.err(`The output cannot be written: ${error.message}\n`);
  process.exit(ExitCode.FAILED);
});
// Nobody reads what would be told; the exit code says it, too.
process.stderr.on('error', () => undefined);
// Node would end with 1, which says that something is wrong with the log.
process.on('uncaughtException', (error) => {
  io.err(`${error.stack ?? String(error)}\n`);
  process.exit(ExitCode.FAILED);
});

const io: CliIo = {
  out: (text) => void process.stdout.write(text),
  drain: async () => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain');
  },
  err: (text) => void process.stderr.write(text),
  outIsTerminal: process.stdout.isTTY === true,
  errIsTerminal: process.stderr.isTTY === true,
  errColumns: process.stderr.columns,
  env: process.env,
  signal: interruption.signal,
  exitCode: ExitCode.OK,
};

void runCli(process.argv.slice(2), io).then((code) => {
  process.exitCode = code;
});
