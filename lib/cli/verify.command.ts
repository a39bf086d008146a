import { Command } from 'commander';
import type { Anchor } from '../verification/anchors/anchor.port.js';
import { DirectoryAnchor } from '../verification/anchors/directory.anchor.js';
import { AuditVerifier } from '../verification/history/audit-verifier.js';
import { exitCodeOf, verdictOf } from '../verification/history/exit-code.js';
import { exportedTileArchive } from '../verification/history/leaf-archive.js';
import type { LeafArchive } from '../verification/history/leaf-archive.js';
import { FileVerifierStateStore } from '../verification/history/file.verifier-state-store.js';
import { parseCheckpoint } from '../verification/notes/checkpoint.js';
import { splitNote } from '../verification/notes/note-format.js';
import { TileDirectory } from '../verification/tiles/tile-directory.js';
import { readTrustFile, trustKeys } from '../verification/trust/parse-trust.js';
import type { Trust } from '../verification/trust/trust.interface.js';
import { Verifier } from '../verification/verifier/verifier.js';
import type { VerificationResult } from '../verification/verifier/verification-result.interface.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import { collect } from './collect.js';
import { toCount } from './event-filter.js';
import { setExitCode } from './exit-code.js';
import { locate } from './locations.js';
import { DATABASE_ARGUMENT } from './open-database.js';
import { ProgressBar } from './progress-bar.js';
import { json } from './terminal.js';
import { printReport } from './verify-report.js';
import type { VerifyReport } from './verify-report.js';
import { withTarget } from './verify-target.js';
import type { VerifyTarget } from './verify-target.js';
import { verifyTiles } from './verify-tiles.js';

interface VerifyFlags {
  readonly key: string[];
  readonly trust?: string;
  readonly origin?: string;
  readonly anchor: string[];
  readonly checkpoint: string[];
  readonly state?: string;
  readonly tiles: string[];
  readonly from?: number;
  readonly to?: number;
  readonly stream?: string;
  readonly full?: boolean;
  readonly rolling?: number;
  readonly maxFindings: number;
  readonly discardedBelow?: number;
  readonly json?: boolean;
}

/** Verifies a log: its database, an exported file, or a folder of tiles. */
export function verifyCommand(io: CliIo): Command {
  return new Command('verify')
    .description('verify a log: a database, an exported JSON Lines file, or a folder of tiles')
    .argument('[target]', `${DATABASE_ARGUMENT}, JSON Lines file, or folder of tiles`)
    .option('--key <vkey>', 'verifier key of the log; may be repeated', collect, [])
    .option('--trust <file>', 'file of trusted keys, each with the sizes for which it counts')
    .option('--origin <origin>', 'name of the log (default: that of the first key)')
    .option('--anchor <folder>', 'folder that keeps checkpoints; may be repeated', collect, [])
    .option('--checkpoint <file>', 'signed checkpoint of a JSON Lines file (default: <file>.checkpoint)', collect, [])
    .option('--state <file>', 'what was verified before: only what is new is read, and a part of the old')
    .option(
      '--tiles <folder>',
      'tiles that were exported earlier: they name the first record of a rewrite',
      collect,
      [],
    )
    .option('--from <index>', 'first record to check', toCount('--from'))
    .option('--to <index>', 'behind the last record to check', toCount('--to'))
    .option('--stream <name>', 'only this stream')
    .option('--full', 'read everything, whatever was verified before')
    .option('--rolling <runs>', 'in how many runs all old records are read again', toCount('--rolling'))
    .option(
      '--discarded-below <index>',
      'up to where delivery mode "remote" may have discarded content (default: wherever receipts say so)',
      toCount('--discarded-below'),
    )
    .option('--max-findings <count>', 'findings to list', toCount('--max-findings'), 100)
    .option('--json', 'print JSON')
    .action(async (argument: string | undefined, flags: VerifyFlags) => {
      const report = await verify(io, argument, flags);
      setExitCode(io, report.exitCode);
      if (flags.json) json(io, report);
      else printReport(io, report);
    });
}

async function verify(io: CliIo, argument: string | undefined, flags: VerifyFlags): Promise<VerifyReport> {
  const target = argument ?? defaultTarget(io);
  const location = locate(target);
  const trust = await readTrust(flags);
  const anchors = await Promise.all(flags.anchor.map(openAnchor));
  const quiet = flags.json === true;
  if (location.kind === 'tiles') {
    if (trust) return verifyTiles(io, location.path, trust, anchors, quiet);
    throw new CliError(
      'Tiles are only worth what their checkpoint is worth: give the verifier key of the log with --key.',
    );
  }
  const { from, checkpoint: checkpointFiles } = flags;
  const options = { ...(location.kind === 'jsonl' && { from }), checkpointFiles, quiet };
  return withTarget(io, location, target, options, (opened) =>
    verifyLog(io, location.name, opened, trust, anchors, flags),
  );
}

async function verifyLog(
  io: CliIo,
  name: string,
  target: VerifyTarget,
  trust: Trust | undefined,
  anchors: readonly Anchor[],
  flags: VerifyFlags,
): Promise<VerifyReport> {
  const { from, to, stream, full, rolling, state, maxFindings, discardedBelow } = flags;
  const { log, checkpoints, archives, acknowledged } = target;
  const bar = new ProgressBar(io, 'verify', flags.json !== true);
  const common = {
    maxFindings,
    signal: io.signal,
    onProgress: ({ checked, total }: { checked: number; total: number }) => bar.show(checked, total),
  };
  const partial = from !== undefined || to !== undefined || stream !== undefined;
  try {
    if (partial) {
      const settings = {
        acknowledged,
        discardedBelow,
        ...(trust && { origin: trust.origin, eventKeys: trust.eventKeys }),
      };
      const result = await new Verifier(log, settings).verify({ ...common, from, to, stream });
      if (result.valid && result.totalEvents === 0) throw nothingChecked(result.size, { from, to, stream });
      const unchecked = [
        'signed checkpoints, which are about whole logs: leave out --from, --to and --stream',
        ...result.unchecked,
      ];
      return toReport(name, result, { origin: trust?.origin, unchecked: complete(unchecked, target) });
    }
    const verifier = new AuditVerifier({
      log,
      trust,
      checkpoints,
      acknowledged,
      discardedBelow,
      anchors: [...target.anchors, ...anchors],
      // Those from elsewhere first: whoever rewrote the records may have rewritten the tiles beside them.
      archives: [...(await Promise.all(flags.tiles.map(openArchive))), ...archives],
      ...(state !== undefined && { state: new FileVerifierStateStore(state) }),
    });
    const verdict = await verifier.verify({ ...common, mode: full ? 'full' : 'incremental', rolling });
    return toReport(name, verdict, {
      origin: trust?.origin,
      compared: verdict.checkpointsCompared,
      proven: verdict.checkpoint?.size,
      reread: verdict.rereadEvents,
      unchecked: complete(verdict.unchecked, target),
    });
  } finally {
    bar.done();
  }
}

function toReport(
  target: string,
  result: VerificationResult,
  facts: { origin?: string; compared?: number; proven?: number; reread?: number; unchecked: readonly string[] },
): VerifyReport {
  const { findings, totalFindings, size, root, totalEvents, discarded, durationMs } = result;
  return {
    target,
    valid: result.valid,
    verdict: verdictOf(findings),
    exitCode: exitCodeOf(findings),
    origin: facts.origin ?? null,
    size,
    root,
    checked: totalEvents,
    discarded,
    checkpointsCompared: facts.compared ?? 0,
    provenSize: facts.proven ?? null,
    durationMs,
    unchecked: facts.unchecked,
    findings,
    totalFindings,
  };
}

/** Nothing is wrong with what is not there; whoever asked for it meant something else. */
function nothingChecked(size: number | null, { from = 0, to, stream }: Pick<VerifyFlags, 'from' | 'to' | 'stream'>) {
  const part = `from ${from}${to === undefined ? ' on' : ` to ${to - 1}`}`;
  const where = stream === undefined ? part : `of the stream "${stream}" ${part}`;
  return new CliError(`Nothing was checked: the log has ${size ?? 'no'} records, and none of them ${where}.`);
}

function complete(unchecked: readonly string[], { partial }: VerifyTarget): string[] {
  return [...unchecked, ...(partial ? ['erasable sections that are not in the file'] : [])];
}

/** A folder that is misspelt must not look like one that has nothing to object. */
async function openAnchor(directory: string): Promise<Anchor> {
  const anchor = new DirectoryAnchor(directory);
  if ((await anchor.sizes()).length > 0) return anchor;
  throw new CliError(
    `The anchor "${directory}" keeps no checkpoints (files checkpoints/<size>). Is it the right folder?`,
  );
}

/** Only helps to name a record: what it says is believed as far as the log's signed roots bear it out. */
async function openArchive(folder: string): Promise<LeafArchive> {
  const directory = new TileDirectory(folder);
  const { size } = parseCheckpoint(splitNote(await directory.readCheckpoint()).text);
  return exportedTileArchive(folder, directory, Number(size));
}

async function readTrust({ key, trust, origin }: VerifyFlags): Promise<Trust | undefined> {
  if (trust !== undefined && key.length > 0) throw new CliError('Keys come from --trust or from --key, not from both.');
  if (trust !== undefined) return readTrustFile(trust);
  return key.length > 0 ? trustKeys(key, origin) : undefined;
}

function defaultTarget({ env }: CliIo): string {
  return env.AUDIT_STORAGE_URL ?? env.AUDIT_STORAGE_PATH ?? './audit.sqlite';
}
