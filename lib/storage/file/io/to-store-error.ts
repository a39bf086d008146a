import { StoreError } from '../../../ledger/store.error.js';
import type { StoreErrorReason } from '../../../ledger/store.error.js';

/** What the system's error codes mean for who writes. A file size limit is a full disk to the process it is set for. */
const REASONS: Readonly<Record<string, StoreErrorReason>> = {
  ENOSPC: 'full',
  EDQUOT: 'full',
  EFBIG: 'full',
  EMFILE: 'full',
  ENFILE: 'full',
  EACCES: 'schema',
  EPERM: 'schema',
  EROFS: 'schema',
  ENOENT: 'schema',
  ENOTDIR: 'schema',
  EISDIR: 'schema',
};

/**
 * What the system said, as an error of a store.
 *
 * @param what what could not be done, for instance `written`
 */
export function toStoreError(error: unknown, path: string, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const { code = '', message = String(error) } = (error ?? {}) as NodeJS.ErrnoException;
  return new StoreError(`The audit log's file ${path} could not be ${what}: ${message}.${advice(code)}`, {
    reason: REASONS[code] ?? 'unknown',
    cause: error,
  });
}

/** The same for what the system said; any other error stays what it is. */
export function wrapSystemError(error: unknown, path: string, what: string): unknown {
  return typeof (error as NodeJS.ErrnoException | null)?.syscall === 'string' ? toStoreError(error, path, what) : error;
}

function advice(code: string): string {
  const reason = REASONS[code];
  if (reason === 'full') return ' Make room on the disk, or raise the limit; nothing of the batch is in the log.';
  if (reason === 'schema') return ' The folder has to exist, and the process needs the right to read and write in it.';
  return '';
}
