import { Command } from 'commander';
import { readProgress } from '../verification/checkpoints/checkpoint-progress.js';
import type { AuditStorage } from '../storage/storage.interface.js';
import type { CliIo } from './cli-io.interface.js';
import { DATABASE_ARGUMENT, resolveOptions, withDatabase } from './open-database.js';
import { count, duration, facts, json, paint } from './terminal.js';

/** What is in the log, and how far it is signed, anchored and verified. */
export function statsCommand(io: CliIo): Command {
  return new Command('stats')
    .description('size of the log, and how far it is signed, anchored and verified')
    .argument('[database]', DATABASE_ARGUMENT)
    .option('--database <database>', 'the same as an option')
    .option('--json', 'print JSON')
    .action(async (argument: string | undefined, flags: { database?: string; json?: boolean }) => {
      await withDatabase(resolveOptions(io, flags.database ?? argument), async ({ storage, name }) => {
        const stats = { database: name, kind: storage.kind, ...(await collect(storage)) };
        if (flags.json) return json(io, stats);
        const age = stats.unanchoredSince === null ? null : Date.now() - Date.parse(stats.unanchoredSince);
        io.out(
          `${paint(io, 'bold', stats.origin || 'a log that was never signed')}  ${name} (${storage.kind})\n` +
            facts([
              ['records', count(stats.size)],
              ['root', stats.root],
              ['streams', count(stats.streams)],
              ['first event', stats.firstEventAt],
              ['last event', stats.lastEventAt],
              ['waiting in the outbox', count(stats.outbox)],
              ['processes', count(stats.processes)],
              [
                'checkpoint',
                stats.checkpointSize === null
                  ? 'none'
                  : `${count(stats.checkpointSize)} records, ${stats.checkpointAt}`,
              ],
              ['anchored', `${count(stats.anchoredSize)} records`],
              ['oldest event not anchored', age === null ? 'none' : `${duration(Math.max(age, 0))} old`],
              ['last verification', stats.lastVerification ?? 'none recorded'],
            ]),
        );
      });
    });
}

async function collect({ ledger, checkpoints, outbox, leases, database }: AuditStorage) {
  const head = await ledger.readHead();
  const [last] = await ledger.findPage({ direction: 'descending', limit: 1 });
  const [verified] = await ledger.findPage({ action: 'audit.verified', direction: 'descending', limit: 1 });
  const { size, publishedAt, anchoredSize, unanchoredSince } = await readProgress(checkpoints, ledger);
  const [streams] = database
    ? await database.query<{ streams: unknown }>('SELECT COUNT(*) AS streams FROM audit_stream')
    : [{ streams: (await ledger.readStreams()).length }];
  return {
    origin: head.origin,
    size: head.size,
    root: head.root,
    streams: Number(streams.streams),
    firstEventAt: head.createdAt || null,
    lastEventAt: last?.occurredAt ?? null,
    outbox: await outbox.count(),
    processes: (await leases.list('boot:')).filter(({ expiresAt }) => expiresAt > Date.now()).length,
    checkpointSize: size,
    checkpointAt: publishedAt,
    anchoredSize,
    unanchoredSince,
    lastVerification: verified?.occurredAt ?? null,
  };
}
