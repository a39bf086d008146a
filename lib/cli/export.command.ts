import { existsSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import { formatJsonLine } from '../event/json-line.js';
import type { EventFilter, LedgerStore, StoredEvent } from '../ledger/ledger-store.port.js';
import { LogPaths } from '../storage/file/log-paths.js';
import type { StoredCheckpoint } from '../verification/checkpoints/checkpoint-store.port.js';
import { exportTileDirectory } from '../verification/tiles/tile-directory-writer.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { addFilters, toCount, toEventFilter, toSections } from './event-filter.js';
import type { FilterFlags } from './event-filter.js';
import { resolveOptions, withDatabase } from './open-database.js';
import type { OpenDatabase } from './open-database.js';
import { openOutput } from './output-file.js';
import { ProgressBar } from './progress-bar.js';
import { count, facts, json, paint } from './terminal.js';

const PAGE = 500;

interface ExportFlags extends FilterFlags {
  readonly database?: string;
  readonly format: 'jsonl' | 'tiles';
  readonly out: string;
  readonly from?: number;
  readonly to?: number;
  readonly sections: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Writes the log, or a part of it, into files that others can check without the database. */
export function exportCommand(io: CliIo): Command {
  return addFilters(new Command('export'))
    .description('write the log as JSON Lines, or as a folder of tiles that any tlog client reads')
    .argument('[database]', 'URL or SQLite file')
    .option('--database <database>', 'the same as an option')
    .addOption(new Option('--format <format>', 'form of the export').choices(['jsonl', 'tiles']).default('jsonl'))
    .requiredOption('--out <path>', 'file, folder for tiles, or - for the standard output')
    .option('--from <index>', 'first position in the log', toCount('--from'))
    .option('--to <index>', 'behind the last position in the log', toCount('--to'))
    .option('--sections <names>', 'erasable sections to write: all, none, or some by name', 'all')
    .option('--force', 'replace an existing file')
    .option('--json', 'print the summary as JSON')
    .action(async (argument: string | undefined, flags: ExportFlags) => {
      await withDatabase(resolveOptions(io, flags.database ?? argument), async (database) => {
        const summary =
          flags.format === 'tiles' ? await exportTiles(io, database, flags) : await exportLines(io, database, flags);
        if (flags.json) return flags.out === '-' ? undefined : json(io, summary);
        const { records, checkpoint, filtered, discardedBelow = 0 } = summary;
        io.err(
          `${paint(io, 'green', 'exported')}  ${count(records)} records to ${flags.out}\n` +
            facts([
              [
                'checkpoint',
                checkpoint === null ? 'none: nothing outside of this file vouches for it' : `size ${checkpoint}`,
              ],
              [
                'note',
                filtered ? 'a part of the log: each record can be checked, the chain between them cannot' : undefined,
              ],
              [
                'from',
                discardedBelow > 0
                  ? `record ${discardedBelow}: the content before was delivered and let go of. Verify with --from ${discardedBelow}`
                  : undefined,
              ],
            ]),
        );
      });
    });
}

interface Summary {
  readonly format: 'jsonl' | 'tiles';
  readonly out: string;
  readonly records: number;
  /** Size of the checkpoint that is written beside it. */
  readonly checkpoint: number | null;
  /** Whether only a part of the log's records was written. */
  readonly filtered: boolean;
  /** Records before it have no content here any more, and are not in the export. */
  readonly discardedBelow?: number;
}

async function exportLines(io: CliIo, database: OpenDatabase, flags: ExportFlags): Promise<Summary> {
  const { storage } = database;
  refuseOwnFile(flags.out, database);
  const filter = toEventFilter(flags);
  const sections = toSections(flags.sections);
  const { size, discardedBelow = 0 } = await storage.ledger.readHead();
  const { to = size, out } = flags;
  const from = Math.max(flags.from ?? 0, discardedBelow);
  const end = Math.min(to, size);
  const output = openOutput(io, out, flags.force);
  const bar = new ProgressBar(io, 'export', out !== '-');
  let records = 0;
  try {
    for await (const page of pages(storage.ledger, filter, from, end)) {
      io.signal.throwIfAborted();
      await output.write(page.map((row) => `${formatJsonLine(row, sections)}\n`).join(''));
      records += page.length;
      bar.show((page.at(-1)?.logIndex ?? end) - from, end - from);
    }
    await output.finish();
  } catch (error) {
    await output.discard();
    throw error;
  } finally {
    bar.done();
  }
  const filtered = Object.keys(filter).length > 0;
  const checkpoint = filtered || from > 0 ? null : await latestUpTo(storage.checkpoints, end);
  if (checkpoint && out !== '-') await writeWhole(io, `${out}.checkpoint`, checkpoint.note);
  return {
    format: 'jsonl',
    out,
    records,
    checkpoint: out === '-' ? null : (checkpoint?.size ?? null),
    filtered,
    ...(discardedBelow > 0 && { discardedBelow }),
  };
}

async function exportTiles(io: CliIo, { storage }: OpenDatabase, flags: ExportFlags): Promise<Summary> {
  if (Object.keys(toEventFilter(flags)).length > 0 || flags.from || flags.sections !== 'all') {
    throw new CliError(
      'Tiles are the whole log, and records only: filters, --from and --sections do not go with them.',
    );
  }
  if (flags.out === '-') throw new CliError('Tiles are a folder: name it with --out.');
  const { discardedBelow = 0 } = await storage.ledger.readHead();
  if (discardedBelow > 0) {
    throw new CliError(
      `Tiles hold every record of the log, and the content of those before ${discardedBelow} was delivered and let go of. ` +
        'Make them where it was delivered to; "prove" still works here for every event.',
    );
  }
  const checkpoint = await latestUpTo(storage.checkpoints, flags.to ?? Number.MAX_SAFE_INTEGER);
  if (!checkpoint) {
    throw new CliError(
      'This log has no checkpoint, and tiles without one prove nothing. Publish one with "nestjs-audit-trail checkpoint".',
    );
  }
  const bar = new ProgressBar(io, 'export');
  async function* entries() {
    for await (const page of pages(storage.ledger, {}, 0, checkpoint!.size)) {
      for (const row of page) yield { record: row.record, leafHash: Buffer.from(row.leafHash, 'hex') };
      bar.show(page.at(-1)!.logIndex + 1, checkpoint!.size);
    }
  }
  try {
    const options = { directory: flags.out, entries: entries(), checkpoint: checkpoint.note, signal: io.signal };
    const records = await exportTileDirectory(options);
    return { format: 'tiles', out: flags.out, records, checkpoint: checkpoint.size, filtered: false };
  } finally {
    bar.done();
  }
}

/** `--force` replaces an earlier export, never the log itself. */
function refuseOwnFile(out: string, { options: { storage }, name }: OpenDatabase): void {
  if (storage.path === undefined || !existsSync(out) || !existsSync(storage.path)) return;
  const [own, target] = [realpathSync(storage.path), realpathSync(out)];
  const beside =
    storage.type === 'file'
      ? target.startsWith(`${own}.`) || new LogPaths(own).firstOf(basename(target)) !== null
      : ['-wal', '-shm', '-journal'].some((suffix) => target === own + suffix);
  if (target !== own && !beside) return;
  throw new CliError(
    `"${out}" is a file of the log ${name} itself: writing there would destroy it. Choose another name.`,
  );
}

async function* pages(
  ledger: LedgerStore,
  filter: EventFilter,
  from: number,
  to: number,
): AsyncGenerator<StoredEvent[]> {
  for (let next = from; next < to;) {
    const rows = await ledger.findPage({ ...filter, direction: 'ascending', after: next - 1, limit: PAGE });
    const wanted = rows.filter(({ logIndex }) => logIndex < to);
    if (wanted.length > 0) yield wanted;
    if (rows.length < PAGE) return;
    next = rows[rows.length - 1].logIndex + 1;
  }
}

async function latestUpTo(
  checkpoints: OpenDatabase['storage']['checkpoints'],
  size: number,
): Promise<StoredCheckpoint | null> {
  const [found] = await checkpoints.list({ to: size, direction: 'descending', limit: 1 });
  return found ?? null;
}

async function writeWhole(io: CliIo, path: string, text: string): Promise<void> {
  const output = openOutput(io, path, true);
  await output.write(text);
  await output.finish();
}
