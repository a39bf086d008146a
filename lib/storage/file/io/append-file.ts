import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { FILE_MODE } from './write-atomically.js';

/** What the log needs of a file that it appends to. */
export interface AppendFile {
  /** @returns how many of the bytes were written, at the end of the file */
  write(bytes: Uint8Array): Promise<number>;
  /** Forces what was written to the disk. */
  sync(): Promise<void>;
  truncate(size: number): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file for appending; makes it if there is none. */
export type OpenAppendFile = (path: string) => Promise<AppendFile>;

export const openAppendFile: OpenAppendFile = async (path) => {
  const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;
  return new SystemAppendFile(await open(path, flags, FILE_MODE));
};

class SystemAppendFile implements AppendFile {
  constructor(private readonly handle: FileHandle) {}

  async write(bytes: Uint8Array): Promise<number> {
    return (await this.handle.write(bytes)).bytesWritten;
  }

  sync(): Promise<void> {
    // The file's length is part of what fdatasync keeps; its times are not needed.
    return this.handle.datasync();
  }

  truncate(size: number): Promise<void> {
    return this.handle.truncate(size);
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
