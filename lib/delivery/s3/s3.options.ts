import type { SinkDispatchOptions } from '../sink-dispatch-options.interface.js';
import type { Retention } from './retention.js';
import type { S3ClientLike } from './sdk-object-store.js';

/** Options of the S3 sink. Needs the package `@aws-sdk/client-s3`. */
export interface S3Options extends SinkDispatchOptions {
  /** @default 's3' */
  readonly name?: string;
  /** A bucket that was created with Object Lock. */
  readonly bucket: string;
  /** In front of every key. Different logs need different prefixes. @default 'audit/' */
  readonly prefix?: string;
  /** @default what the SDK finds: `AWS_REGION`, the profile, … */
  readonly region?: string;
  /** URL of another S3 server than Amazon's; its buckets are addressed by path. */
  readonly endpoint?: string;
  /** How long objects can't be deleted or changed, counted from when they are written. */
  readonly retention: Retention;
  /**
   * `COMPLIANCE`: nobody can shorten the retention, the account's owner neither. `GOVERNANCE`: who has a special
   * permission can.
   * @default 'COMPLIANCE'
   */
  readonly mode?: 'COMPLIANCE' | 'GOVERNANCE';
  /** A legal hold on every object, beside the retention. @default false */
  readonly legalHold?: boolean;
  /** From this size on an object is uploaded in parts, in bytes; at least 5 MiB. @default 16777216 */
  readonly multipartBytes?: number;
  /** For one request, in milliseconds. @default 30000 */
  readonly requestTimeoutMs?: number;
  /** An `S3Client` of yours, where region, endpoint and the default credential chain do not do. */
  readonly client?: S3ClientLike;
}

export const S3_OPTIONS = [
  'bucket',
  'prefix',
  'region',
  'endpoint',
  'retention',
  'mode',
  'legalHold',
  'multipartBytes',
  'requestTimeoutMs',
  'client',
] as const satisfies readonly (keyof S3Options)[];
