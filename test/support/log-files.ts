import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FileLogOptions } from '../../lib/storage/file/file-log-options.interface.js';
import { FileStorage } from '../../lib/storage/file/file-storage.js';

/** A folder for one log in files. */
export interface LogFolder {
  readonly path: string;
  readonly folder: string;
  /** Opens the log; storages that are still open at the end are closed by `drop`. */
  open(options?: Partial<FileLogOptions>): Promise<FileStorage>;
  drop(): Promise<void>;
}

export function freshLogFolder(): LogFolder {
  const folder = mkdtempSync(join(tmpdir(), 'audit-file-'));
  const path = join(folder, 'audit.jsonl');
  const opened: FileStorage[] = [];
  return {
    path,
    folder,
    open: async (options = {}) => {
      const storage = new FileStorage({ path, lockWaitMs: 0, ...options });
      opened.push(storage);
      await storage.open();
      return storage;
    },
    drop: async () => {
      for (const storage of opened) await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
