import { userInfo } from 'node:os';
import type { Command as CommanderCommand } from 'commander';
import { Command } from 'commander';
import { loadSigningKeys } from '../runtime/checkpointing.js';
import { goOnAfterRestore } from '../runtime/restore.js';
import type { CliIo } from './cli-io.interface.js';
import { sealEvent } from './log-writer.js';
import { withDatabase } from './open-database.js';
import { addSigningFlags, resolveSigning } from './signing-flags.js';
import type { SigningFlags } from './signing-flags.js';
import { facts, json, paint } from './terminal.js';

interface RestoredFlags extends SigningFlags {
  readonly operator?: string;
  readonly reason: string;
}

/** After a restore from a backup: the log goes on under a new name, and says so in itself. */
export function restoredCommand(io: CliIo): CommanderCommand {
  return addSigningFlags(new Command('restored'))
    .description('after a restore from a backup: go on under a new name (--origin), recorded in the log')
    .option('--operator <name>', 'who did it (default: the user of this system)')
    .requiredOption('--reason <text>', 'why the database was restored')
    .action(async (argument: string | undefined, flags: RestoredFlags) => {
      const setup = resolveSigning(io, argument, flags);
      const { signing } = setup;
      // A key that cannot be read must stop this before anything is changed.
      await loadSigningKeys({ ...signing, previousKeys: [] });
      const { operator = userInfo().username, reason } = flags;
      await withDatabase(
        setup,
        async ({ storage }) => {
          const restored = await goOnAfterRestore(
            { storage, signing, seal: (event) => sealEvent(storage, setup, event) },
            { operator, reason },
          );
          if (flags.json) return json(io, restored);
          const { origin, previousOrigin, lastSigned, restoredSize, eventId, logIndex } = restored;
          io.out(
            `${paint(io, 'green', 'recorded')}  the log goes on as ${origin}\n` +
              facts([
                ['event', `${eventId} (record ${logIndex})`],
                ['before', `${previousOrigin}, last signed at size ${lastSigned.size}, root ${lastSigned.root}`],
                ['restored', `${restoredSize} records`],
                [
                  'next',
                  `start the application with signing.origin "${origin}", its key, and an anchor folder of its own`,
                ],
              ]),
          );
        },
        'write',
      );
    });
}
