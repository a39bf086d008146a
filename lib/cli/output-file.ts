import { randomBytes } from 'node:crypto';
import { createWriteStream, existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { once } from 'node:events';
import { CliError } from './cli.error.js';
import type { CliIo } from './cli-io.interface.js';

/** Where a command writes to. */
export interface Output {
  write(text: string): Promise<void>;
  /** What was written counts only from now on. */
  finish(): Promise<void>;
  /** Throws away what was written so far. */
  discard(): Promise<void>;
}

/**
 * A file that appears under its name when it is complete, or the standard output for `-`.
 *
 * @param overwrite @default an existing file is an error
 */
export function openOutput(io: CliIo, path: string, overwrite = false): Output {
  if (path === '-') {
    return {
      write: async (text) => {
        io.out(text);
        await io.drain?.();
      },
      finish: async () => undefined,
      discard: async () => undefined,
    };
  }
  if (!overwrite && existsSync(path)) {
    throw new CliError(`There is a file "${path}" already. Choose another name, or say --force to replace it.`);
  }
  const temporary = `${path}.${randomBytes(4).toString('hex')}.part`;
  const stream = createWriteStream(temporary, { flags: 'wx' });
  let failure: Error | null = null;
  stream.on('error', (error) => (failure = error));
  const check = (): void => {
    if (failure) throw new CliError(`"${path}" cannot be written: ${failure.message}.`, { cause: failure });
  };
  return {
    async write(text) {
      check();
      if (!stream.write(text))
        await Promise.race([once(stream, 'drain'), once(stream, 'error')]).catch(() => undefined);
      check();
    },
    async finish() {
      await new Promise<void>((resolve) => stream.end(resolve));
      check();
      await rename(temporary, path);
    },
    async discard() {
      stream.destroy();
      await rm(temporary, { force: true });
    },
  };
}
