import { Command } from 'commander';
import { systemClock } from '../delivery/delivery-clock.js';
import { ExpeditedFlush } from '../delivery/service/expedited-flush.js';
import type { ExpeditedFigures } from '../delivery/service/expedited-flush.js';
import type { FlushFigures } from '../delivery/service/delivery-status.interface.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { loadSinks, SINKS_OPTION, withDelivery } from './delivery-session.js';
import { toCount } from './event-filter.js';
import { ExitCode, setExitCode } from './exit-code.js';
import { DATABASE_ARGUMENT, resolveOptions, withDatabase } from './open-database.js';
import { count, json, paint, plain } from './terminal.js';

interface FlushFlags {
  readonly database?: string;
  readonly sink?: string;
  readonly sinks?: string;
  readonly timeout: number;
  readonly json?: boolean;
}

type Figures = FlushFigures & Partial<Pick<ExpeditedFigures, 'served'>>;

/** Tries everything that is pending now. */
export function flushCommand(io: CliIo): Command {
  return new Command('flush')
    .description('deliver now what is pending: by the application that runs, or with --sinks by this command')
    .argument('[database]', DATABASE_ARGUMENT)
    .option('--database <database>', 'the same as an option')
    .option('--sink <name>', 'only this sink')
    .option(...SINKS_OPTION)
    .option('--timeout <seconds>', 'how long to wait at most', toCount('--timeout'), 30)
    .option('--json', 'print JSON')
    .action(async (argument: string | undefined, flags: FlushFlags) => {
      const sinks = await loadSinks(io, flags.sinks);
      await withDatabase(resolveOptions(io, flags.database ?? argument), async (database) => {
        const timeoutMs = flags.timeout * 1000;
        const figures: Record<string, Figures> =
          sinks.length > 0
            ? (await withDelivery(io, database, sinks, (service) => service.flushPending(flags.sink, { timeoutMs })))
                .sinks
            : await expedite(io, database.storage, flags.sink, timeoutMs);
        report(io, figures, flags.json ?? false);
      });
    });
}

async function expedite(
  io: CliIo,
  { ledger, delivery, leases }: AuditStorage,
  only: string | undefined,
  timeoutMs: number,
): Promise<Record<string, ExpeditedFigures>> {
  const cursors = (await delivery.readCursors()).filter(({ sink }) => only === undefined || sink === only);
  if (cursors.length === 0) {
    throw new CliError(
      only === undefined
        ? 'Nothing was ever delivered from this log, and no sinks are given, so there is nothing to flush. See --sinks.'
        : `Nothing was ever delivered to a sink "${plain(only)}". Give the sinks with --sinks.`,
    );
  }
  const flush = new ExpeditedFlush({ log: ledger, store: delivery, leases, clock: systemClock(true) });
  const figures = await Promise.all(
    cursors.map(async (cursor) => [cursor.sink, await flush.run(cursor, timeoutMs, io.signal)] as const),
  );
  return Object.fromEntries(figures);
}

function report(io: CliIo, figures: Record<string, Figures>, asJson: boolean): void {
  const all = Object.values(figures);
  const sum = (field: keyof FlushFigures): number => all.reduce((total, one) => total + one[field], 0);
  const [still_pending, failed] = [sum('still_pending'), sum('failed')];
  if (still_pending + failed > 0) setExitCode(io, ExitCode.FINDING);
  const total = { flushed: sum('flushed'), failed, still_pending, held: sum('held'), total: sum('total') };
  if (asJson) return json(io, { ...total, sinks: figures });
  for (const [sink, one] of Object.entries(figures)) {
    const isFine = one.failed + one.still_pending === 0;
    const note = one.served === false && one.still_pending > 0 ? '  no running application serves it; see --sinks' : '';
    io.out(
      `${paint(io, 'bold', plain(sink))}  ${count(one.flushed)} flushed, ${count(one.failed)} failed, ` +
        `${paint(io, isFine ? 'green' : 'yellow', `${count(one.still_pending)} still pending`)}` +
        `${one.held > 0 ? `, ${count(one.held)} of them held` : ''}${note}\n`,
    );
  }
}
