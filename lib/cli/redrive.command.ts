import { Command } from 'commander';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { timeFlag } from './deliveries.command.js';
import { resolveOptions, withDatabase } from './open-database.js';
import { count, json } from './terminal.js';

interface RedriveFlags {
  readonly database?: string;
  readonly sink?: string;
  readonly since?: string;
  readonly until?: string;
  readonly all?: boolean;
  readonly json?: boolean;
}

/** Makes failed events pending again. */
export function redriveCommand(io: CliIo): Command {
  return new Command('redrive')
    .description('try failed events again: some, those that failed in a span of time, or all')
    .argument('[event-ids...]', 'ids of the events')
    .option('--database <database>', 'URL or SQLite file')
    .option('--sink <name>', 'only at this sink')
    .option('--since <time>', 'that failed then or later (RFC 3339)')
    .option('--until <time>', 'that failed before (RFC 3339)')
    .option('--all', 'all that failed')
    .option('--json', 'print JSON')
    .action(async (eventIds: string[], flags: RedriveFlags) => {
      const isNarrowed = eventIds.length > 0 || flags.since !== undefined || flags.until !== undefined;
      if (isNarrowed === (flags.all ?? false)) {
        throw new CliError('Say which events: their ids, --since and --until, or --all.');
      }
      await withDatabase(resolveOptions(io, flags.database), async ({ storage }) => {
        const selection = {
          sink: flags.sink,
          eventIds: eventIds.length > 0 ? eventIds : undefined,
          failedFrom: timeFlag('--since', flags.since),
          failedUntil: timeFlag('--until', flags.until),
        };
        const redriven = await storage.delivery.redrive(selection, Date.now());
        if (flags.json) return json(io, { redriven });
        io.out(
          redriven === 0
            ? 'No failed event fits.\n'
            : `${count(redriven)} events are pending again. The running application delivers them now; else "flush --sinks …" does.\n`,
        );
      });
    });
}
