import type { AnchorCheckpoint, AnchorReceipt, AuditSink, DeliveryContext } from '../audit-sink.interface.js';
import type { DeliveryItem } from '../delivery-item.js';
import { failFirst } from '../delivery-result.js';
import type { DeliveryResult } from '../delivery-result.js';
import { parseEndpoint } from '../http/endpoint.js';
import { failureOf } from '../http/http-verdict.js';
import { ConfigurableSink } from '../sinks/configurable-sink.js';
import { CheckpointArchive } from './checkpoint-archive.js';
import { ObjectStoreError } from './object-store.interface.js';
import type { ObjectLock, ObjectStore } from './object-store.interface.js';
import { openSdkStore } from './open-sdk-store.js';
import { retainUntil, retentionProblem } from './retention.js';
import { S3_OPTIONS } from './s3.options.js';
import type { S3Options } from './s3.options.js';
import { SegmentArchive } from './segment-archive.js';
import { buildSegment } from './segment.js';
import type { PreviousSegment } from './segment.js';

const BATCH_EVENTS = 10_000;
const BATCH_BYTES = 8 * 1024 * 1024;
const LINGER_MS = 60_000;
const CALL_TIMEOUT_MS = 300_000;
const SMALLEST_PART = 5 * 1024 * 1024;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9!_.*'()/-]{0,200}$/;

/**
 * Writes batches as gzipped JSON Lines objects under S3 Object Lock, each with a manifest that chains to the one
 * before.
 *
 * @publicApi
 */
export class S3Sink extends ConfigurableSink implements AuditSink {
  readonly network = true;
  readonly identity = 'batch';
  readonly wantsLogRoot = true;
  private readonly options: S3Options;
  private readonly prefix: string;
  private opened: Promise<ObjectStore> | null = null;
  /** Whether it was seen that the server really locks what we write. */
  private isLockSeen = false;
  /** Until something got through, objects of an earlier process may be there already. */
  private isFirst = true;

  /** @throws DeliveryConfigurationError if bucket, retention or endpoint are not fit */
  constructor(options: S3Options) {
    super('s3', options, S3_OPTIONS, {
      maxBatch: BATCH_EVENTS,
      maxBatchBytes: BATCH_BYTES,
      lingerMs: LINGER_MS,
      timeoutMs: CALL_TIMEOUT_MS,
    });
    const { bucket, prefix = 'audit/', retention, mode, endpoint, multipartBytes } = options;
    if (typeof bucket !== 'string' || !BUCKET.test(bucket))
      throw this.misconfigured('The option "bucket" is the name of a bucket.');
    if (!PREFIX.test(prefix)) throw this.misconfigured('The option "prefix" has characters that are not safe in keys.');
    if (mode !== undefined && mode !== 'COMPLIANCE' && mode !== 'GOVERNANCE') {
      throw this.misconfigured('The option "mode" is "COMPLIANCE" or "GOVERNANCE".');
    }
    const problem = retentionProblem(retention);
    if (problem !== null) throw this.misconfigured(`The option "retention" is missing or wrong: ${problem}.`);
    if (endpoint !== undefined) parseEndpoint(this.name, endpoint, true);
    if (multipartBytes !== undefined) this.whole('multipartBytes', multipartBytes, SMALLEST_PART);
    this.options = options;
    this.prefix = prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;
  }

  async deliver(
    batch: readonly DeliveryItem[],
    signal: AbortSignal,
    context: DeliveryContext,
  ): Promise<readonly DeliveryResult[]> {
    try {
      const store = await this.store(signal);
      const segment = await buildSegment(batch, this.prefix, context.logRoot, previousOf(context));
      const archive = new SegmentArchive(store, this.lock(), context.failures > 0 || this.isFirst);
      const { receipt, manifest } = await archive.write(segment, signal);
      await this.seeLock(store, segment.manifestKey, signal);
      this.isFirst = false;
      context.saveState({ manifestKey: manifest.key, manifestSha256: manifest.sha256 });
      return batch.map(() => ({ status: 'delivered', receipt }));
    } catch (error) {
      return failFirst(verdict(error), batch.length);
    }
  }

  async anchor(checkpoint: AnchorCheckpoint, signal: AbortSignal): Promise<AnchorReceipt> {
    const { key, duplicate } = await (await this.checkpoints(signal)).write(checkpoint, this.lock(), signal);
    return { location: `s3://${this.options.bucket}/${key}`, duplicate };
  }

  async anchorSizes(signal: AbortSignal): Promise<number[]> {
    return (await this.checkpoints(signal)).sizes(signal);
  }

  async readAnchor(size: number, signal: AbortSignal): Promise<string | null> {
    return (await this.checkpoints(signal)).read(size, signal);
  }

  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = null;
    if (opened) (await opened.catch(() => null))?.close();
  }

  private async checkpoints(signal: AbortSignal): Promise<CheckpointArchive> {
    const prefix = `${this.prefix}checkpoints/`;
    return new CheckpointArchive(await this.store(signal), `s3://${this.options.bucket}/${prefix}`, prefix);
  }

  /** Connects on first use, and makes sure then that the bucket locks objects. */
  private store(signal: AbortSignal): Promise<ObjectStore> {
    this.opened ??= this.open(signal).catch((error: unknown) => {
      this.opened = null; // it may work later
      throw error;
    });
    return this.opened;
  }

  private async open(signal: AbortSignal): Promise<ObjectStore> {
    const store = await openSdkStore(this.options);
    try {
      if ((await store.lockState(signal)) === 'disabled') {
        throw new ObjectStoreError(
          'refused',
          `The bucket "${this.options.bucket}" has no Object Lock, so anybody with its keys could rewrite the trail. ` +
            'Create a bucket with Object Lock enabled; it brings versioning with it.',
        );
      }
      return store;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** Some servers take the headers of Object Lock and ignore them. */
  private async seeLock(store: ObjectStore, key: string, signal: AbortSignal): Promise<void> {
    if (this.isLockSeen) return;
    const facts = await store.head(key, signal);
    if (facts === 'unknown') return;
    if (facts === null || facts.lockMode === null || facts.retainUntil === null) {
      throw new ObjectStoreError(
        'refused',
        `The server took ${key} but did not lock it. It does not support Object Lock.`,
      );
    }
    this.isLockSeen = true;
  }

  private lock(): ObjectLock {
    const { mode = 'COMPLIANCE', retention, legalHold = false } = this.options;
    return { mode, retainUntil: retainUntil(new Date(), retention), legalHold };
  }
}

function previousOf({ state }: DeliveryContext): PreviousSegment | null {
  if (typeof state?.manifestKey !== 'string' || typeof state.manifestSha256 !== 'string') return null;
  return { key: state.manifestKey, sha256: state.manifestSha256 };
}

function verdict(
  error: unknown,
): ReturnType<typeof failureOf> | { status: 'sink_failure'; error: string; remoteStatus?: string } {
  if (!(error instanceof ObjectStoreError)) return failureOf(error);
  const { message, remoteStatus, retryAfterMs } = error;
  if (error.reason === 'refused') return { status: 'sink_failure', error: message, remoteStatus };
  return { status: 'transient', error: message, remoteStatus, retryAfterMs };
}
