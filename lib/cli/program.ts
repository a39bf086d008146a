import { Command } from 'commander';
import { checkProofCommand } from './check-proof.command.js';
import { checkpointCommand } from './checkpoint.command.js';
import type { CliIo } from './cli-io.interface.js';
import { deliveriesCommand } from './deliveries.command.js';
import { doctorCommand } from './doctor.command.js';
import { exportCommand } from './export.command.js';
import { flushCommand } from './flush.command.js';
import { keygenCommand } from './keygen.command.js';
import { migrateCommand } from './migrate.command.js';
import { proveCommand } from './prove.command.js';
import { redriveCommand } from './redrive.command.js';
import { restoredCommand } from './restored.command.js';
import { showCommand } from './show.command.js';
import { sinkCommand } from './sink.command.js';
import { statsCommand } from './stats.command.js';
import { tailCommand } from './tail.command.js';
import { verifyCommand } from './verify.command.js';

const COMMANDS = [
  verifyCommand,
  exportCommand,
  proveCommand,
  checkProofCommand,
  keygenCommand,
  checkpointCommand,
  restoredCommand,
  showCommand,
  tailCommand,
  statsCommand,
  deliveriesCommand,
  flushCommand,
  redriveCommand,
  sinkCommand,
  migrateCommand,
  doctorCommand,
];

/** The whole command line. */
export function createProgram(io: CliIo): Command {
  const program = new Command('nestjs-audit-trail')
    .description('Look at, check, sign and export an audit log.')
    .addHelpText(
      'after',
      '\nExit codes: 0 fine, 1 something is wrong with the log, 2 it could not be checked or done.',
    );
  for (const create of COMMANDS) program.addCommand(create(io));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ writeOut: (text) => io.out(text), writeErr: (text) => io.err(text) });
  }
  return program;
}
