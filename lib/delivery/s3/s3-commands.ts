import { createHash } from 'node:crypto';
import type { ObjectLock, ObjectUpload } from './object-store.interface.js';

/** The part of `@aws-sdk/client-s3` that is used; the package itself is an optional peer and loaded on first use. */
export interface S3Commands {
  readonly GetObjectLockConfigurationCommand: S3Command;
  readonly HeadObjectCommand: S3Command;
  readonly GetObjectCommand: S3Command;
  readonly ListObjectsV2Command: S3Command;
  readonly PutObjectCommand: S3Command;
  readonly PutObjectRetentionCommand: S3Command;
  readonly PutObjectLegalHoldCommand: S3Command;
  readonly CreateMultipartUploadCommand: S3Command;
  readonly UploadPartCommand: S3Command;
  readonly CompleteMultipartUploadCommand: S3Command;
  readonly AbortMultipartUploadCommand: S3Command;
}

type S3Command = new (input: never) => object;

/** What is said of an object, however it is uploaded. */
export function objectInput({ key, contentType, lock }: ObjectUpload): object {
  return { Key: key, ContentType: contentType, ...lockInput(lock) };
}

/** Bytes and what the server shall check of them. */
export function bodyInput(body: Buffer): {
  Body: Buffer;
  ContentLength: number;
  ContentMD5: string;
  ChecksumSHA256: string;
} {
  return {
    Body: body,
    ContentLength: body.length,
    ContentMD5: createHash('md5').update(body).digest('base64'),
    ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
  };
}

function lockInput({ mode, retainUntil, legalHold }: ObjectLock): object {
  return {
    ObjectLockMode: mode,
    ObjectLockRetainUntilDate: retainUntil,
    ...(legalHold && { ObjectLockLegalHoldStatus: 'ON' }),
  };
}
