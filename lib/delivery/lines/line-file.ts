import { mkdir, open, stat } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

const LINE_FEED = 0x0a;

/**
 * A file to which whole lines are appended. It may be rotated away by others at any time: what is written next goes to
 * a new file. A line that was torn by a crash or a full disk is ended before the next one begins.
 */
export class LineFile {
  private handle: FileHandle | null = null;
  private isTorn = false;

  constructor(
    private readonly path: string,
    private readonly mode: number,
    private readonly sync: boolean,
  ) {}

  /** Resolves when the lines are written, and on the disk if so asked. */
  async append(lines: string): Promise<void> {
    const handle = await this.current();
    try {
      await handle.appendFile(this.isTorn ? `\n${lines}` : lines);
      this.isTorn = false;
      if (this.sync) await handle.datasync();
    } catch (error) {
      await this.close(); // how much was written is unknown: look again
      throw error;
    }
  }

  async close(): Promise<void> {
    const { handle } = this;
    this.handle = null;
    await handle?.close().catch(() => undefined);
  }

  private async current(): Promise<FileHandle> {
    if (this.handle && (await this.isReplaced(this.handle))) await this.close();
    if (this.handle) return this.handle;
    await mkdir(dirname(this.path), { recursive: true });
    const handle = await open(this.path, 'a+', this.mode);
    try {
      this.isTorn = await endsInsideLine(handle);
    } catch (error) {
      await handle.close();
      throw error;
    }
    return (this.handle = handle);
  }

  private async isReplaced(handle: FileHandle): Promise<boolean> {
    const [ours, theirs] = await Promise.all([handle.stat(), stat(this.path).catch(() => null)]);
    return theirs === null || theirs.ino !== ours.ino || theirs.dev !== ours.dev;
  }
}

async function endsInsideLine(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return bytesRead === 1 && buffer[0] !== LINE_FEED;
}
