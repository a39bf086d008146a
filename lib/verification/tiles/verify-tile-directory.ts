import type { OpenedCheckpoint } from '../notes/open-checkpoint.js';
import { verifyCheckpoint } from '../policy/evaluate-policy.js';
import type { Policy } from '../policy/policy.js';
import type { TileLogReader } from './tile-directory.js';
import { TileError } from './tile.error.js';
import type { TileFinding } from './tile-finding.js';
import { TilePass } from './tile-pass.js';
import type { VerifyTileOptions } from './tile-pass.js';

/**
 * What came of verifying a tiled log.
 *
 * @publicApi
 */
export interface TileLogReport extends OpenedCheckpoint {
  /** Number of records that the checkpoint covers. */
  size: number;
  /** Root of the records as they were read; absent if some could not be read. */
  root?: Buffer;
  /** Everything that is wrong, entries first; empty if the log is what the checkpoint says. */
  findings: TileFinding[];
}

/**
 * Verifies a tiled log against its own signed checkpoint: re-hashes every entry, rebuilds every tile and the root.
 *
 * Memory does not grow with the log; every bundle and full tile is read once.
 *
 * @param source where the log is read from, such as a `TileDirectory`
 * @param policy which logs and witnesses are trusted
 * @throws TileError if there is no checkpoint, or it is larger than 2^53−1
 * @throws NoteError, CheckpointError, PolicyError if the checkpoint is not trusted
 * @publicApi
 */
export async function verifyTileDirectory(
  source: TileLogReader,
  policy: Policy,
  options: VerifyTileOptions = {},
): Promise<TileLogReport> {
  const opened = verifyCheckpoint(await source.readCheckpoint(), policy);
  const size = Number(opened.checkpoint.size);
  if (!Number.isSafeInteger(size)) {
    throw new TileError('malformed_tile', `A log of ${opened.checkpoint.size} records cannot be read here.`);
  }
  const pass = new TilePass(source, size, opened.checkpoint.root, options);
  return { ...opened, size, ...(await pass.run()) };
}
