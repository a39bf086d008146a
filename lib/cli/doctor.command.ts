import { Command } from 'commander';
import type { CliIo } from './cli-io.interface.js';
import type { Diagnosis, DoctorCheck } from './doctor-check.interface.js';
import { checkCheckpoints, checkSealing, checkVerification } from './doctor-evidence.js';
import { checkGrants } from './doctor-grants.js';
import { checkSchema } from './doctor-schema.js';
import { checkClocks } from './doctor-time.js';
import { ExitCode, setExitCode } from './exit-code.js';
import { DATABASE_ARGUMENT, resolveOptions, withDatabase } from './open-database.js';
import { json, paint, plain } from './terminal.js';

const CHECKS: readonly DoctorCheck[] = [
  checkSchema,
  checkGrants,
  checkClocks,
  checkSealing,
  checkCheckpoints,
  checkVerification,
];

const COLOURS = { good: 'green', note: 'yellow', bad: 'red' } as const;

/** Examines how well a log is protected and looked after. */
export function doctorCommand(io: CliIo): Command {
  return new Command('doctor')
    .description('examine tables, triggers, grants, clocks, checkpoints, anchors and verification')
    .argument('[database]', DATABASE_ARGUMENT)
    .option('--database <database>', 'the same as an option')
    .option('--json', 'print JSON')
    .action(async (argument: string | undefined, flags: { database?: string; json?: boolean }) => {
      await withDatabase(resolveOptions(io, flags.database ?? argument), async (database) => {
        const diagnoses: Diagnosis[] = [];
        for (const check of CHECKS) diagnoses.push(...(await check(database)));
        const healthy = diagnoses.every(({ status }) => status !== 'bad');
        setExitCode(io, healthy ? ExitCode.OK : ExitCode.FINDING);
        if (flags.json) return json(io, { database: database.name, healthy, diagnoses });
        io.out(`${paint(io, 'bold', database.name)} (${database.storage.kind})\n`);
        for (const { name, status, message } of diagnoses) {
          io.out(`  ${paint(io, COLOURS[status], status.padEnd(4))}  ${name.padEnd(12)}  ${plain(message)}\n`);
        }
      });
    });
}
