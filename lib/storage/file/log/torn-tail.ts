import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { FileIncident } from '../incident.interface.js';
import { FILE_MODE, syncFolder } from '../io/write-atomically.js';
import type { LogPaths } from '../log-paths.js';

const CHUNK_BYTES = 1024 * 1024;
const LINE_FEED = 0x0a;

/**
 * Puts what stands behind the last whole line into a file of its own, and then cuts it off.
 *
 * @param first position of the first record of the file that is written to
 * @param from behind its last whole line
 */
export async function putTornTailAside(paths: LogPaths, first: number, from: number): Promise<FileIncident> {
  const log = await open(paths.active, 'r+');
  try {
    const { aside, keptIn } = await create(paths, first, from);
    const { bytes, records } = await copy(log, from, aside).finally(() => aside.close());
    await syncFolder(paths.folder);
    await log.truncate(from);
    await log.datasync();
    return {
      kind: 'torn_tail',
      file: paths.active,
      records,
      bytes,
      keptIn,
      message:
        `The last ${bytes} bytes of ${paths.active} were not written to their end` +
        (records > 0 ? `, with ${records} whole lines behind a part that the disk never got` : '') +
        `, as after a killed process or a power failure. They were moved to ${keptIn}; the log ends before them.`,
    };
  } finally {
    await log.close();
  }
}

async function create(paths: LogPaths, first: number, from: number): Promise<{ aside: FileHandle; keptIn: string }> {
  for (let attempt = 0; ; attempt++) {
    const keptIn = paths.torn(first, from, attempt);
    try {
      return { aside: await open(keptIn, 'wx', FILE_MODE), keptIn };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
  }
}

async function copy(log: FileHandle, from: number, aside: FileHandle): Promise<{ bytes: number; records: number }> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  let bytes = 0;
  let records = 0;
  for (;;) {
    const { bytesRead } = await log.read(buffer, 0, buffer.length, from + bytes);
    if (bytesRead === 0) break;
    const part = buffer.subarray(0, bytesRead);
    for (const byte of part) if (byte === LINE_FEED) records++;
    await aside.writeFile(part);
    bytes += bytesRead;
  }
  await aside.sync();
  return { bytes, records };
}
