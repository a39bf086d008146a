import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { PlatformRequest } from './http-platform.interface.js';

/** What is recorded of an uploaded file; never its bytes. */
export interface UploadedFile {
  readonly field: string;
  readonly name?: string;
  readonly type?: string;
  readonly bytes?: number;
  /** SHA-256 of the content in hex; absent when the content was gone before it could be read. */
  readonly sha256?: string;
}

/** A file as multer, Nest's Fastify interceptors or @fastify/multipart describe it. */
interface FilePart {
  readonly fieldname?: unknown;
  readonly originalname?: unknown;
  readonly filename?: unknown;
  readonly mimetype?: unknown;
  readonly size?: unknown;
  readonly buffer?: unknown;
  readonly _buf?: unknown;
  readonly path?: unknown;
  readonly filepath?: unknown;
}

const MAX_FILES = 100;
/** Hashed at a stretch; after it the event loop gets a turn. */
const HASHED_PER_TURN = 256 * 1024;

export function isMultipart(contentType: string | undefined): boolean {
  return contentType !== undefined && /^multipart\/form-data/i.test(contentType);
}

/** Name, size, type and digest of the files that the platform's upload parser left on the request. */
export async function describeFiles(request: PlatformRequest): Promise<readonly UploadedFile[]> {
  const files: UploadedFile[] = [];
  for (const part of partsOf(request).slice(0, MAX_FILES)) files.push(await describe(part));
  return files;
}

/** The text fields of a multipart body, with files left out: they are described on their own. */
export function fieldsOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return body;
  const fields: [string, unknown][] = [];
  for (const [name, value] of Object.entries(body)) {
    if (Array.isArray(value)) {
      const texts = value.filter((item) => !isFilePart(item)).map(fieldValue);
      if (texts.length > 0 || value.length === 0) fields.push([name, texts]);
    } else if (!isFilePart(value)) {
      fields.push([name, fieldValue(value)]);
    }
  }
  return Object.fromEntries(fields);
}

function partsOf(request: PlatformRequest): FilePart[] {
  const { file, files, savedRequestFiles, body } = request as Record<string, unknown>;
  const found = [file, files, savedRequestFiles].flatMap(flatten);
  if (found.length > 0) return found;
  return flatten(body).filter(isFilePart);
}

/** One file, a list of files, or lists of files by field. */
function flatten(value: unknown): FilePart[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.filter((item) => typeof item === 'object' && item !== null);
  if ('fieldname' in value) return [value];
  return Object.values(value).flatMap((item) => (typeof item === 'object' && item !== null ? flatten(item) : []));
}

/** @fastify/multipart puts whole parts into the body when `attachFieldsToBody` is set. */
function isFilePart(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && 'fieldname' in value && (value as { type?: unknown }).type === 'file'
  );
}

function fieldValue(value: unknown): unknown {
  const isField = typeof value === 'object' && value !== null && 'fieldname' in value && 'value' in value;
  return isField ? (value as { value: unknown }).value : value;
}

async function describe(part: FilePart): Promise<UploadedFile> {
  const content = part.buffer ?? part._buf;
  const bytes = typeof part.size === 'number' ? part.size : Buffer.isBuffer(content) ? content.length : undefined;
  const name = part.originalname ?? part.filename;
  const sha256 = Buffer.isBuffer(content) ? await hashBytes(content) : await hashFile(part.path ?? part.filepath);
  return {
    field: String(part.fieldname),
    ...(typeof name === 'string' ? { name } : {}),
    ...(typeof part.mimetype === 'string' ? { type: part.mimetype } : {}),
    ...(bytes === undefined ? {} : { bytes }),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}

async function hashBytes(bytes: Buffer): Promise<string> {
  const hash = createHash('sha256');
  for (let at = 0; at < bytes.length; at += HASHED_PER_TURN) {
    if (at > 0) await nextTurn();
    hash.update(bytes.subarray(at, at + HASHED_PER_TURN));
  }
  return hash.digest('hex');
}

/** A handler may have moved or deleted the file by now; then there is no digest. */
async function hashFile(path: unknown): Promise<string | undefined> {
  if (typeof path !== 'string') return undefined;
  const hash = createHash('sha256');
  try {
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
    return hash.digest('hex');
  } catch {
    return undefined;
  }
}
