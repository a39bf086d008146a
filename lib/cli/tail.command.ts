import { setTimeout as delay } from 'node:timers/promises';
import { Command } from 'commander';
import { formatJsonLine } from '../event/json-line.js';
import type { StoredEvent } from '../ledger/ledger-store.port.js';
import type { CliIo } from './cli-io.interface.js';
import { addFilters, toCount, toEventFilter } from './event-filter.js';
import type { FilterFlags } from './event-filter.js';
import { eventLine } from './event-line.js';
import { plain } from './terminal.js';
import { DATABASE_ARGUMENT, resolveOptions, withDatabase } from './open-database.js';

const POLL_MS = 500;
const PAGE = 500;

interface TailFlags extends FilterFlags {
  readonly database?: string;
  readonly lines: number;
  readonly follow?: boolean;
  readonly json?: boolean;
}

/** Shows the last events, and with `--follow` those to come. */
export function tailCommand(io: CliIo): Command {
  return addFilters(new Command('tail'))
    .description('show the last events')
    .argument('[database]', DATABASE_ARGUMENT)
    .option('--database <database>', 'the same as an option')
    .option('-n, --lines <count>', 'how many events', toCount('--lines'), 20)
    .option('-f, --follow', 'go on with what is sealed from now on')
    .option('--json', 'print JSON Lines')
    .action(async (argument: string | undefined, flags: TailFlags) => {
      const filter = toEventFilter(flags);
      const jsonLine = (row: StoredEvent) => (io.outIsTerminal ? plain(formatJsonLine(row)) : formatJsonLine(row));
      const show = (row: StoredEvent) => io.out(flags.json ? `${jsonLine(row)}\n` : eventLine(io, row));
      await withDatabase(resolveOptions(io, flags.database ?? argument), async ({ storage: { ledger } }) => {
        let next = (await ledger.readHead()).size;
        const last = await ledger.findPage({ ...filter, direction: 'descending', after: next, limit: flags.lines });
        last.reverse().forEach(show);
        while (flags.follow && !io.signal.aborted) {
          const rows = await ledger.findPage({ ...filter, direction: 'ascending', after: next - 1, limit: PAGE });
          rows.forEach(show);
          if (rows.length > 0) next = rows[rows.length - 1].logIndex + 1;
          if (rows.length < PAGE) await delay(POLL_MS, undefined, { signal: io.signal }).catch(() => undefined);
        }
      });
    });
}
