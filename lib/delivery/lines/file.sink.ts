import { DirectoryAnchor } from '../../verification/anchors/directory.anchor.js';
import type { AnchorCheckpoint, AnchorReceipt, AuditSink } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { failFirst } from '../delivery-result.js';
import type { DeliveryResult } from '../delivery-result.js';
import { safeErrorText } from '../safe-error-text.js';
import { ConfigurableSink } from '../sinks/configurable-sink.js';
import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';
import { LineFile } from './line-file.js';

/** Options of the file sink. */
export interface FileSinkOptions extends SinkDispatchOptions {
  /** @default 'file' */
  readonly name?: string;
  /** Folders that are missing are made. */
  readonly path: string;
  /** Wait until a batch is on the disk. @default true */
  readonly fsync?: boolean;
  /** Permissions of a new file. @default 0o640 */
  readonly mode?: number;
}

const OWN_OPTIONS = ['path', 'fsync', 'mode'] as const;
const DEFAULT_MODE = 0o640;
/** Won't go away by waiting: a wrong path, missing rights. */
const CONFIGURATION = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'EINVAL']);

/**
 * Appends events to a file as JSON Lines, for collectors that follow it. After a crash some lines may stand there
 * twice, with the same bytes.
 *
 * @publicApi
 */
export class FileSink extends ConfigurableSink implements AuditSink {
  private readonly file: LineFile;
  private readonly anchors: DirectoryAnchor;

  /** @throws DeliveryConfigurationError if there is no path */
  constructor(options: FileSinkOptions) {
    super('file', options, OWN_OPTIONS, { maxBatch: 1000 });
    if (typeof options.path !== 'string' || options.path === '')
      throw this.misconfigured('The option "path" is missing.');
    this.file = new LineFile(options.path, options.mode ?? DEFAULT_MODE, options.fsync ?? true);
    this.anchors = new DirectoryAnchor(`${options.path}.anchor`);
  }

  async deliver(batch: readonly DeliveryItem[]): Promise<readonly DeliveryResult[]> {
    try {
      await this.file.append(batch.map(({ line }) => `${line}\n`).join(''));
      return batch.map(() => ({ status: 'delivered' }));
    } catch (error) {
      const status = CONFIGURATION.has((error as NodeJS.ErrnoException).code ?? '') ? 'sink_failure' : 'transient';
      return failFirst({ status, error: safeErrorText(error) }, batch.length);
    }
  }

  /** Write-once files `<path>.anchor/checkpoints/<size>`. */
  async anchor({ size, note }: AnchorCheckpoint): Promise<AnchorReceipt> {
    const duplicate = (await this.anchors.read(size)) !== null;
    await this.anchors.put(size, note);
    return { location: `${this.anchors.name}#${size}`, duplicate };
  }

  anchorSizes(): Promise<number[]> {
    return this.anchors.sizes();
  }

  readAnchor(size: number): Promise<string | null> {
    return this.anchors.read(size);
  }

  async close(): Promise<void> {
    await this.file.close();
  }
}
