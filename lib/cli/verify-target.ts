import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { Anchor } from '../verification/anchors/anchor.port.js';
import { parseCheckpoint } from '../verification/notes/checkpoint.js';
import { splitNote } from '../verification/notes/note-format.js';
import type { CheckpointStore, StoredCheckpoint } from '../verification/checkpoints/checkpoint-store.port.js';
import { storedTileArchive } from '../verification/history/leaf-archive.js';
import type { LeafArchive } from '../verification/history/leaf-archive.js';
import { JsonLinesLog } from '../verification/jsonl/json-lines-log.js';
import type { FindAcknowledged } from '../verification/verifier/discarded-rows.js';
import type { VerifiableLog } from '../verification/verifier/verifiable-log.port.js';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';
import type { Location } from './locations.js';
import { resolveOptions, withDatabase } from './open-database.js';
import { ProgressBar } from './progress-bar.js';

/** A log, and the checkpoints that are kept beside it. */
export interface VerifyTarget {
  readonly log: VerifiableLog;
  readonly checkpoints?: Pick<CheckpointStore, 'list'>;
  /** Checkpoints that came with the log, beside those that the caller names. */
  readonly anchors: readonly Anchor[];
  readonly archives: readonly LeafArchive[];
  /** Tells which events were delivered; undefined when the target does not know. */
  readonly acknowledged?: FindAcknowledged;
  /** Whether sections may have been left out. */
  readonly partial: boolean;
}

export interface TargetOptions {
  /** Position of the first line of a JSON Lines file. */
  readonly from?: number;
  /** Files with signed checkpoints of a JSON Lines file. */
  readonly checkpointFiles: readonly string[];
  readonly quiet: boolean;
}

/** Opens a database or a JSON Lines file, does something with it, closes it. */
export function withTarget<T>(
  io: CliIo,
  location: Exclude<Location, { kind: 'tiles' }>,
  argument: string,
  options: TargetOptions,
  work: (target: VerifyTarget) => Promise<T>,
): Promise<T> {
  if (location.kind === 'jsonl') return withLines(io, location.path, options, work);
  if (options.checkpointFiles.length > 0) {
    throw new CliError(
      '--checkpoint is for JSON Lines files. A database has its own checkpoints; add folders with --anchor.',
    );
  }
  return withDatabase(resolveOptions(io, argument), ({ storage: { ledger, checkpoints, tiles, delivery } }) =>
    work({
      log: ledger,
      checkpoints,
      anchors: [],
      archives: [storedTileArchive(tiles)],
      acknowledged: (eventIds) => delivery.findAcknowledged(eventIds),
      partial: false,
    }),
  );
}

async function withLines<T>(
  io: CliIo,
  path: string,
  { from, checkpointFiles, quiet }: TargetOptions,
  work: (target: VerifyTarget) => Promise<T>,
): Promise<T> {
  const beside = `${path}.checkpoint`;
  const files = [...checkpointFiles, ...(existsSync(beside) ? [beside] : [])];
  const notes = await Promise.all(files.map(readNote));
  const bar = new ProgressBar(io, 'read', !quiet);
  const log = await JsonLinesLog.open(path, {
    firstIndex: from,
    signal: io.signal,
    onProgress: (read, total) => bar.show(read, total),
  });
  bar.done();
  try {
    return await work({ log, anchors: notes.length > 0 ? [notesAsAnchor(notes)] : [], archives: [], partial: true });
  } finally {
    await log.close();
  }
}

/** Only its form is looked at here; whether it is genuine is the verifier's to say. */
async function readNote(path: string): Promise<StoredCheckpoint> {
  const note = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new CliError(`The checkpoint "${path}" cannot be read: ${cause.message}.`, { cause });
  });
  const { size, root } = parseCheckpoint(splitNote(note).text);
  return { size: Number(size), root: Buffer.from(root).toString('hex'), note, createdAt: '', anchoredAt: null };
}

/**
 * An export is a copy with the one checkpoint that it was made under, not a database that has to have all of them: its
 * notes are compared like those of an anchor.
 */
function notesAsAnchor(notes: readonly StoredCheckpoint[]): Anchor {
  const bySize = new Map(notes.map(({ size, note }) => [size, note]));
  return {
    name: 'beside the file',
    put: () => Promise.reject(new CliError('Checkpoints beside a JSON Lines file are only read.')),
    sizes: async () => [...bySize.keys()].sort((a, b) => a - b),
    read: async (size) => bySize.get(size) ?? null,
  };
}
