import type { AppendFile, OpenAppendFile } from '../../lib/storage/file/io/append-file.js';
import { openAppendFile } from '../../lib/storage/file/io/append-file.js';

export type FileFault = 'write' | 'short write' | 'sync' | 'truncate';

/** A disk that fails when it is told to. Everything that it does not fail at is really done. */
export class FaultyDisk {
  /** Faults to come, each of which happens once, in any order. */
  readonly faults: FileFault[] = [];
  /** What was done to the file, in order. */
  readonly calls: string[] = [];

  readonly open: OpenAppendFile = async (path) => new FaultyFile(await openAppendFile(path), this);

  /** @throws as the system does, if the fault is due */
  failIf(fault: FileFault, code: string): void {
    const at = this.faults.indexOf(fault);
    if (at < 0) return;
    this.faults.splice(at, 1);
    throw Object.assign(new Error(`${code}: injected, ${fault}`), { code, syscall: fault });
  }
}

class FaultyFile implements AppendFile {
  constructor(
    private readonly file: AppendFile,
    private readonly disk: FaultyDisk,
  ) {}

  async write(bytes: Uint8Array): Promise<number> {
    this.disk.calls.push('write');
    this.disk.failIf('write', 'ENOSPC');
    if (this.disk.faults.includes('short write')) {
      this.disk.faults.splice(this.disk.faults.indexOf('short write'), 1, 'write');
      return this.file.write(bytes.subarray(0, Math.ceil(bytes.length / 2)));
    }
    return this.file.write(bytes);
  }

  async sync(): Promise<void> {
    this.disk.calls.push('sync');
    this.disk.failIf('sync', 'EIO');
    return this.file.sync();
  }

  async truncate(size: number): Promise<void> {
    this.disk.calls.push('truncate');
    this.disk.failIf('truncate', 'EIO');
    return this.file.truncate(size);
  }

  close(): Promise<void> {
    return this.file.close();
  }
}
