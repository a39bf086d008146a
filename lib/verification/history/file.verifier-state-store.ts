import { randomBytes } from 'node:crypto';
import { mkdir, open, readFile, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { VerifierStateError } from './verifier-state.error.js';
import type { VerifierStateStore } from './verifier-state-store.port.js';

/**
 * Keeps it in a file that is replaced as a whole. Two verifiers may share it: the later one wins, and both were right.
 *
 * @publicApi
 */
export class FileVerifierStateStore implements VerifierStateStore {
  readonly insideDatabase = false;
  readonly name: string;

  constructor(private readonly path: string) {
    this.name = path;
  }

  async read(): Promise<string | null> {
    try {
      return await readFile(this.path, 'utf8');
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw new VerifierStateError(this.path, (cause as Error).message, { cause });
    }
  }

  async write(text: string): Promise<void> {
    const temporary = `${this.path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      const file = await open(temporary, 'wx', 0o600);
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, this.path);
    } catch (cause) {
      await unlink(temporary).catch(() => undefined);
      throw new VerifierStateError(this.path, `it cannot be written: ${(cause as Error).message}`, { cause });
    }
  }
}
