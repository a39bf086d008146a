import { safeErrorText } from '../safe-error-text.js';
import { ObjectStoreError } from './object-store.interface.js';

interface S3Failure {
  readonly name?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
}

/** 4xx answers that are about this try, not about us. */
const PASSING = new Set([
  'RequestTimeout',
  'SlowDown',
  'BadDigest',
  'InvalidDigest',
  'IncompleteBody',
  'OperationAborted',
]);
/** No answer at all, but a matter of configuration. */
const CONFIGURATION = new Set(['CredentialsProviderError', 'InvalidRegionError', 'EndpointError']);

export function statusOf(error: unknown): number | undefined {
  return (error as S3Failure | undefined)?.$metadata?.httpStatusCode;
}

export function isMissing(error: unknown): boolean {
  const { name } = error as S3Failure;
  return name === 'NoSuchKey' || name === 'NotFound' || (statusOf(error) === 404 && name !== 'NoSuchBucket');
}

/** The object is there already, or is being written right now by another process: look again. */
export function isPresent(error: unknown): boolean {
  const { name } = error as S3Failure;
  return statusOf(error) === 412 || name === 'PreconditionFailed' || name === 'ConditionalRequestConflict';
}

/** Sorts an error of the SDK: the store refuses us, or it may work later. */
export function s3Error(error: unknown, bucket: string): ObjectStoreError {
  if (error instanceof ObjectStoreError) return error;
  const status = statusOf(error);
  const { name = '' } = error as S3Failure;
  const text = `S3 bucket "${bucket}": ${name === 'Error' ? '' : `${name}: `}${safeErrorText(error)}`;
  const isPassing =
    PASSING.has(name) || status === undefined || status >= 500 || status < 300 || [408, 425, 429].includes(status);
  const reason = isPassing && !CONFIGURATION.has(name) ? 'transient' : 'refused';
  const seconds = Number((error as S3Failure).$response?.headers?.['retry-after']);
  const retryAfterMs = Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined;
  return new ObjectStoreError(reason, text, status === undefined ? undefined : String(status), retryAfterMs);
}
