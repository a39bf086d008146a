import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { parseUint64 } from '../encoding/strict-encoding.js';
import { AnchorConflictError } from './anchor-conflict.error.js';
import type { Anchor } from './anchor.port.js';

/** Folder of the checkpoints inside the anchor's. */
export const CHECKPOINT_FOLDER = 'checkpoints';

/** What link(2) answers on file systems without hard links, such as SMB shares, FAT and some FUSE mounts. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES'];

/**
 * Keeps checkpoints as files `checkpoints/<size>` that are written once. Nothing is ever overwritten. It protects as far
 * as the folder is out of the reach of the database's owner: another machine's share, a write-once volume.
 *
 * @publicApi
 */
export class DirectoryAnchor implements Anchor {
  readonly name: string;
  private readonly folder: string;

  /** @param directory is made when the first checkpoint is kept */
  constructor(directory: string) {
    this.name = directory;
    this.folder = join(directory, CHECKPOINT_FOLDER);
  }

  async put(size: number, note: string): Promise<void> {
    const path = join(this.folder, String(size));
    await mkdir(this.folder, { recursive: true });
    if (await this.isKept(size, note)) return;
    await createWhole(path, note);
    await syncFolder(this.folder);
    if (!(await this.isKept(size, note))) {
      throw new Error(
        `The anchor ${this.name} lost checkpoint ${size} right after it was written. Check the file system.`,
      );
    }
  }

  async sizes(): Promise<number[]> {
    const names = await readdir(this.folder).catch(ifMissing([]));
    return names
      .map((name) => Number(parseUint64(name) ?? NaN))
      .filter((size) => Number.isSafeInteger(size))
      .sort((a, b) => a - b);
  }

  async read(size: number): Promise<string | null> {
    const bytes = await readFile(join(this.folder, String(size))).catch(ifMissing(null));
    return bytes?.toString('utf8') ?? null;
  }

  /**
   * Whether the file is there. A note that says the same with other signatures will do, as after a change of keys. The
   * beginning of the note alone is what a crash left on a file system without hard links: it is taken away.
   */
  private async isKept(size: number, note: string): Promise<boolean> {
    const kept = await this.read(size);
    if (kept === null) return false;
    if (kept === note || textOf(kept) === textOf(note)) return true;
    if (note.startsWith(kept)) {
      await unlink(join(this.folder, String(size)));
      return false;
    }
    throw new AnchorConflictError(this.name, size, kept, note);
  }
}

/** Makes a file with all of its content or not at all, unless there is one. */
async function createWhole(path: string, content: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await writeSynced(await open(temporary, 'wx'), content);
    await link(temporary, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    if (!NO_LINKS.includes(code)) throw error;
    await createInPlace(path, content);
  } finally {
    await unlink(temporary).catch(() => undefined);
  }
}

async function createInPlace(path: string, content: string): Promise<void> {
  try {
    await writeSynced(await open(path, 'wx'), content);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

async function writeSynced(file: FileHandle, content: string): Promise<void> {
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** A new name survives a power cut only once its folder is on the disk. Some systems cannot sync folders. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  try {
    await handle?.sync();
  } catch {
    // EINVAL, EPERM, EISDIR: nothing more can be done there.
  } finally {
    await handle?.close();
  }
}

/** What a note says, without who signed it. */
function textOf(note: string): string {
  const end = note.lastIndexOf('\n\n');
  return end < 0 ? note : note.slice(0, end + 1);
}

function ifMissing<T>(fallback: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return fallback;
    throw error;
  };
}
