import type { ObjectFacts, ObjectLock, ObjectStore, ObjectUpload } from './object-store.interface.js';
import { MultipartUpload } from './multipart-upload.js';
import { bodyInput, objectInput } from './s3-commands.js';
import type { S3Commands } from './s3-commands.js';
import { withTimeout } from './request-timeout.js';
import { isMissing, isPresent, s3Error, statusOf } from './s3-errors.js';

/** What is used of an `S3Client`. */
export interface S3ClientLike {
  // The SDK's own signature is generic over its commands.
  send(command: never, options?: { abortSignal?: AbortSignal }): Promise<unknown>;
  destroy?(): void;
}

export interface SdkObjectStoreOptions {
  readonly client: S3ClientLike;
  readonly commands: S3Commands;
  readonly bucket: string;
  /** From this size on an object is uploaded in parts, in bytes. */
  readonly multipartBytes: number;
  /** From the first byte sent to the last received, in milliseconds; the SDK's own limits don't bound the whole. */
  readonly requestTimeoutMs: number;
}

type S3Answer = Readonly<Record<string, unknown>>;

/** An S3 bucket through the AWS SDK. */
export class SdkObjectStore implements ObjectStore {
  constructor(private readonly options: SdkObjectStoreOptions) {}

  async lockState(signal: AbortSignal): Promise<'enabled' | 'disabled' | 'unknown'> {
    try {
      const answer = await this.raw('GetObjectLockConfigurationCommand', {}, signal);
      const { ObjectLockEnabled } = (answer.ObjectLockConfiguration ?? {}) as { ObjectLockEnabled?: string };
      return ObjectLockEnabled === 'Enabled' ? 'enabled' : 'disabled';
    } catch (error) {
      if ((error as Error).name === 'ObjectLockConfigurationNotFoundError') return 'disabled';
      const status = statusOf(error);
      if (status === 403 || status === 405 || status === 501) return 'unknown';
      throw s3Error(error, this.options.bucket);
    }
  }

  async head(key: string, signal: AbortSignal): Promise<ObjectFacts | null | 'unknown'> {
    try {
      const answer = await this.raw('HeadObjectCommand', { Key: key }, signal);
      return {
        lockMode: (answer.ObjectLockMode as string | undefined) ?? null,
        retainUntil: (answer.ObjectLockRetainUntilDate as Date | undefined) ?? null,
      };
    } catch (error) {
      if (isMissing(error)) return null;
      // Whoever may not list the bucket is not told that there is no such object.
      if (statusOf(error) === 403) return 'unknown';
      throw s3Error(error, this.options.bucket);
    }
  }

  async get(key: string, signal: AbortSignal): Promise<Buffer | null> {
    try {
      const { Body } = await this.raw('GetObjectCommand', { Key: key }, signal);
      return Body as Buffer;
    } catch (error) {
      if (isMissing(error)) return null;
      throw s3Error(error, this.options.bucket);
    }
  }

  async create(upload: ObjectUpload, signal: AbortSignal): Promise<{ readonly versionId: string | null } | 'exists'> {
    try {
      if (upload.body.length >= this.options.multipartBytes) {
        const created = await new MultipartUpload((name, input) => this.raw(name, input, signal)).run(upload);
        // Some servers forget the lock of what is uploaded in parts.
        await this.ensureLock(upload.key, upload.lock, signal);
        return created;
      }
      const input = { ...objectInput(upload), ...bodyInput(upload.body), IfNoneMatch: '*' };
      const answer = await this.raw('PutObjectCommand', input, signal);
      return { versionId: (answer.VersionId as string | undefined) ?? null };
    } catch (error) {
      if (isPresent(error)) return 'exists';
      throw s3Error(error, this.options.bucket);
    }
  }

  async ensureLock(Key: string, { mode, retainUntil, legalHold }: ObjectLock, signal: AbortSignal): Promise<void> {
    const facts = await this.head(Key, signal);
    if (facts === 'unknown' || (facts !== null && facts.lockMode !== null)) return;
    try {
      const Retention = { Mode: mode, RetainUntilDate: retainUntil };
      await this.raw('PutObjectRetentionCommand', { Key, Retention }, signal);
      if (legalHold) await this.raw('PutObjectLegalHoldCommand', { Key, LegalHold: { Status: 'ON' } }, signal);
    } catch (error) {
      throw s3Error(error, this.options.bucket);
    }
  }

  async list(prefix: string, signal: AbortSignal): Promise<string[]> {
    const keys: string[] = [];
    let ContinuationToken: unknown;
    try {
      do {
        const page = await this.raw('ListObjectsV2Command', { Prefix: prefix, ContinuationToken }, signal);
        keys.push(...((page.Contents ?? []) as { Key: string }[]).map(({ Key }) => Key));
        ContinuationToken = page.NextContinuationToken;
      } while (ContinuationToken !== undefined);
    } catch (error) {
      throw s3Error(error, this.options.bucket);
    }
    return keys;
  }

  close(): void {
    this.options.client.destroy?.();
  }

  private async raw(name: keyof S3Commands, input: object, signal: AbortSignal): Promise<S3Answer> {
    const { client, commands, bucket, requestTimeoutMs } = this.options;
    const command = new commands[name]({ Bucket: bucket, ...input } as never);
    return withTimeout(requestTimeoutMs, signal, async (abortSignal) => {
      const answer = (await client.send(command as never, { abortSignal })) as S3Answer;
      const { Body } = answer as { Body?: { transformToByteArray(): Promise<Uint8Array> } };
      return Body ? { ...answer, Body: Buffer.from(await Body.transformToByteArray()) } : answer;
    });
  }
}
