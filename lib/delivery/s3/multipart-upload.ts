import type { ObjectUpload } from './object-store.interface.js';
import { bodyInput, objectInput } from './s3-commands.js';
import type { S3Commands } from './s3-commands.js';

const PART_BYTES = 8 * 1024 * 1024;

type Request = (name: keyof S3Commands, input: object) => Promise<Readonly<Record<string, unknown>>>;

/** Uploads an object in parts, each with its checksums; what is left of a failed upload is removed. */
export class MultipartUpload {
  constructor(private readonly request: Request) {}

  async run(upload: ObjectUpload): Promise<{ readonly versionId: string | null }> {
    const start = { ...objectInput(upload), ChecksumAlgorithm: 'SHA256' };
    const { UploadId } = await this.request('CreateMultipartUploadCommand', start);
    const place = { Key: upload.key, UploadId };
    try {
      const parts: object[] = [];
      for (let from = 0; from < upload.body.length; from += PART_BYTES) {
        const body = bodyInput(upload.body.subarray(from, from + PART_BYTES));
        const PartNumber = parts.length + 1;
        const { ETag } = await this.request('UploadPartCommand', { ...place, PartNumber, ...body });
        parts.push({ PartNumber, ETag, ChecksumSHA256: body.ChecksumSHA256 });
      }
      const end = { ...place, MultipartUpload: { Parts: parts }, IfNoneMatch: '*' };
      const { VersionId } = await this.request('CompleteMultipartUploadCommand', end);
      return { versionId: (VersionId as string | undefined) ?? null };
    } catch (error) {
      await this.request('AbortMultipartUploadCommand', place).catch(() => undefined);
      throw error;
    }
  }
}
