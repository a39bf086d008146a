import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readdir, readFile, rename, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { formatSignerState, parseSignerState } from './signer-state.js';
import type { SignerState } from './signer-state.js';
import { SignerStateError } from './signer-state.error.js';
import type { SignerStateStore, VersionedSignerState } from './signer-state-store.port.js';

/** Older versions that stay: more than can be made while somebody lists the folder. */
const KEPT_VERSIONS = 8;

/**
 * The signer's memory as a file. Beside it stand the last versions, `<file>.<version>`: a version is won by whoever makes
 * its file first, complete, by a hard link that fails if the name is taken. The highest version counts. So there is no
 * lock that a killed process could leave behind, and no moment at which two signers believe to have won.
 */
export class FileSignerStateStore implements SignerStateStore {
  readonly name: string;
  private readonly folder: string;
  private readonly base: string;

  constructor(private readonly path: string) {
    this.name = path;
    this.folder = dirname(path);
    this.base = basename(path);
  }

  async read(): Promise<VersionedSignerState | null> {
    // The file is written after its version, so read in this order the result is never older than the file.
    const [main, versions] = [await this.load(this.path), await this.versions()];
    for (const version of versions) {
      if (main && version <= main.version) break;
      const found = await this.load(this.pathOf(version));
      if (found) return found;
    }
    return main;
  }

  async replace(version: number, next: SignerState): Promise<boolean> {
    if (((await this.read())?.version ?? 0) !== version) return false;
    const wanted = version + 1;
    if (!(await this.claim(wanted, next))) return false;
    // Whoever was stopped for long before the link may have claimed a number that is long past.
    const present = await this.read();
    if (present?.version !== wanted) {
      await unlink(this.pathOf(wanted)).catch(() => undefined);
      return false;
    }
    await this.publish(wanted, next);
    return true;
  }

  private async claim(version: number, state: SignerState): Promise<boolean> {
    const temporary = await this.writeTemporary(formatSignerState(version, state));
    try {
      await link(temporary, this.pathOf(version));
      await syncFolder(this.folder);
      return true;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
      throw new SignerStateError(
        `The signer's memory ${this.name} cannot be kept: ${(cause as Error).message}. It needs a folder that can be ` +
          'written to, on a file system with hard links. Choose another place with signing.stateFile.',
        { cause },
      );
    } finally {
      await unlink(temporary).catch(() => undefined);
    }
  }

  /** Brings the file itself up to date, for people and backups, and takes old versions away. */
  private async publish(version: number, state: SignerState): Promise<void> {
    const temporary = await this.writeTemporary(formatSignerState(version, state));
    await rename(temporary, this.path);
    for (const old of await this.versions()) {
      if (old <= version - KEPT_VERSIONS) await unlink(this.pathOf(old)).catch(() => undefined);
    }
  }

  private async writeTemporary(text: string): Promise<string> {
    const temporary = `${this.path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await mkdir(this.folder, { recursive: true });
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      return temporary;
    } catch (cause) {
      throw new SignerStateError(
        `The signer's memory ${this.name} cannot be written: ${(cause as Error).message}. Nothing is signed without it. ` +
          'Choose a folder that can be written to with signing.stateFile.',
        { cause },
      );
    }
  }

  private async load(path: string): Promise<VersionedSignerState | null> {
    try {
      return parseSignerState(await readFile(path, 'utf8'), path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
  }

  /** Numbers of the versions beside the file, highest first. */
  private async versions(): Promise<number[]> {
    const names = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw error;
    });
    return names
      .filter((name) => name.startsWith(`${this.base}.`) && /^[1-9][0-9]*$/.test(name.slice(this.base.length + 1)))
      .map((name) => Number(name.slice(this.base.length + 1)))
      .sort((a, b) => b - a);
  }

  private pathOf(version: number): string {
    return join(this.folder, `${this.base}.${version}`);
  }
}

/** Some systems cannot sync folders; nothing more can be done there. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r').catch(() => null);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}
