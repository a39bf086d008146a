import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { TileError } from './tile.error.js';

/**
 * Writes a file that never changes afterwards: the same bytes again are fine, others are refused and the file is kept.
 * A crash leaves a whole file or none.
 *
 * @throws TileError with reason `conflict` if the file exists with other bytes
 */
export async function writeOnce(path: string, bytes: Uint8Array): Promise<void> {
  const present = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
    return undefined;
  });
  if (present === undefined) return replaceFile(path, bytes);
  if (!present.equals(bytes)) {
    throw new TileError(
      'conflict',
      `${path} exists with other content. A log never changes what it has published, so one of the two was altered; ` +
        'keep both as evidence and export to an empty directory.',
    );
  }
}

/** Writes a file by way of a temporary one, so that readers see the old content or the new, never a part. */
export async function replaceFile(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${process.pid}`;
  await writeFile(temporary, bytes);
  await rename(temporary, path);
}
