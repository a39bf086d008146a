import { createHash, randomUUID } from 'node:crypto';
import type { Reply, SeenRequest } from './fault-http-server.js';

export interface StoredObject {
  readonly body: Buffer;
  readonly versionId: string;
  readonly lockMode: string | undefined;
  readonly retainUntil: string | undefined;
  readonly legalHold: string | undefined;
}

export interface S3Behaviour {
  /** Whether the bucket has Object Lock. @default true */
  objectLock: boolean;
  /** Whether `If-None-Match: *` is honoured, as some servers don't. @default true */
  conditional: boolean;
  /** Whether lock headers have an effect, as with some servers they don't. @default true */
  locks: boolean;
  /** Whether that holds for what is uploaded in parts, too. @default true */
  locksParts: boolean;
  /** Whether a missing object is named so; without the right to list it is a 403. @default true */
  mayList: boolean;
}

type Headers = SeenRequest['headers'];

/** The part of the S3 protocol that an archive needs: versions, Object Lock, checksums, conditional and multipart PUT. */
export class S3Server {
  /** All versions of all objects, oldest first. */
  readonly objects = new Map<string, StoredObject[]>();
  readonly behaviour: S3Behaviour = {
    objectLock: true,
    conditional: true,
    locks: true,
    locksParts: true,
    mayList: true,
  };
  readonly uploads = new Map<string, { key: string; headers: Headers; parts: Map<number, Buffer> }>();

  constructor(private readonly bucket = 'trail') {}

  handle(request: SeenRequest): Reply {
    const url = new URL(request.path, 'http://localhost');
    const [, bucket, ...rest] = url.pathname.split('/').map(decodeURIComponent);
    if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256')) return failure(403, 'AccessDenied');
    if (bucket !== this.bucket) return failure(404, 'NoSuchBucket');
    const key = rest.join('/');
    const uploadId = url.searchParams.get('uploadId');
    if (url.searchParams.has('object-lock')) return this.lockConfiguration();
    if (request.method === 'POST' && url.searchParams.has('uploads')) return this.startUpload(key, request);
    if (uploadId !== null) return this.continueUpload(uploadId, Number(url.searchParams.get('partNumber')), request);
    if (url.searchParams.get('list-type') === '2') return this.list(url.searchParams);
    if (url.searchParams.has('retention')) return this.retain(key, request.body.toString());
    if (request.method === 'PUT') return this.put(key, request.headers, request.body);
    return this.read(key, request.method);
  }

  private lockConfiguration(): Reply {
    if (!this.behaviour.objectLock) return failure(404, 'ObjectLockConfigurationNotFoundError');
    return xml(
      200,
      '<ObjectLockConfiguration><ObjectLockEnabled>Enabled</ObjectLockEnabled></ObjectLockConfiguration>',
    );
  }

  private retain(key: string, body: string): Reply {
    const found = this.objects.get(key)?.at(-1);
    if (!found || !this.behaviour.locks) return failure(400, 'InvalidRequest');
    const value = (name: string): string | undefined => new RegExp(`<${name}>(.*?)</${name}>`).exec(body)?.[1];
    Object.assign(found, { lockMode: value('Mode'), retainUntil: value('RetainUntilDate') });
    return { status: 200 };
  }

  /** In pages of two, so that pages matter. */
  private list(query: URLSearchParams): Reply {
    const keys = [...this.objects.keys()].filter((key) => key.startsWith(query.get('prefix') ?? '')).sort();
    const from = Number(query.get('continuation-token') ?? 0);
    const contents = keys.slice(from, from + 2).map((key) => `<Contents><Key>${key}</Key></Contents>`);
    const next = from + 2 < keys.length ? `<NextContinuationToken>${from + 2}</NextContinuationToken>` : '';
    return xml(200, `<ListBucketResult>${contents.join('')}${next}</ListBucketResult>`);
  }

  private put(key: string, headers: Headers, body: Buffer): Reply {
    const problem = this.check(headers, body);
    if (problem) return problem;
    return this.keep(key, headers, body);
  }

  private keep(key: string, headers: Headers, body: Buffer, condition = headers): Reply {
    const versions = this.objects.get(key) ?? [];
    if (condition['if-none-match'] === '*' && versions.length > 0 && this.behaviour.conditional) {
      return failure(412, 'PreconditionFailed');
    }
    const lock = (name: string): string | undefined =>
      this.behaviour.locks ? (headers[`x-amz-object-lock-${name}`] as string | undefined) : undefined;
    const versionId = randomUUID();
    versions.push({
      body,
      versionId,
      lockMode: lock('mode'),
      retainUntil: lock('retain-until-date'),
      legalHold: lock('legal-hold'),
    });
    this.objects.set(key, versions);
    return { status: 200, headers: { etag: `"${digest('md5', body, 'hex')}"`, 'x-amz-version-id': versionId } };
  }

  /** As the real thing: a PUT with a lock must have a checksum, and the checksums must be right. */
  private check(headers: Headers, body: Buffer): Reply | null {
    const md5 = headers['content-md5'];
    const sha256 = headers['x-amz-checksum-sha256'];
    if (headers['x-amz-object-lock-mode'] !== undefined && md5 === undefined && sha256 === undefined) {
      return failure(400, 'InvalidRequest');
    }
    if (md5 !== undefined && md5 !== digest('md5', body)) return failure(400, 'BadDigest');
    if (sha256 !== undefined && sha256 !== digest('sha256', body)) return failure(400, 'BadDigest');
    return null;
  }

  private read(key: string, method: string): Reply {
    const found = this.objects.get(key)?.at(-1);
    if (!found) return this.behaviour.mayList ? failure(404, 'NoSuchKey') : failure(403, 'AccessDenied');
    const { body, versionId, lockMode, retainUntil, legalHold } = found;
    const headers = {
      'x-amz-version-id': versionId,
      ...(lockMode && { 'x-amz-object-lock-mode': lockMode }),
      ...(retainUntil && { 'x-amz-object-lock-retain-until-date': retainUntil }),
      ...(legalHold && { 'x-amz-object-lock-legal-hold': legalHold }),
    };
    return { status: 200, headers, body: method === 'HEAD' ? '' : body };
  }

  private startUpload(key: string, { headers }: SeenRequest): Reply {
    const id = randomUUID();
    this.uploads.set(id, { key, headers, parts: new Map() });
    const names = `<Bucket>${this.bucket}</Bucket><Key>${key}</Key>`;
    return xml(
      200,
      `<InitiateMultipartUploadResult>${names}<UploadId>${id}</UploadId></InitiateMultipartUploadResult>`,
    );
  }

  private continueUpload(id: string, part: number, { method, headers, body }: SeenRequest): Reply {
    const upload = this.uploads.get(id);
    if (!upload) return failure(404, 'NoSuchUpload');
    if (method === 'PUT') {
      const problem = this.check({ ...headers, 'x-amz-object-lock-mode': 'x' }, body);
      if (problem) return problem;
      upload.parts.set(part, body);
      return { status: 200, headers: { etag: `"${digest('md5', body, 'hex')}"` } };
    }
    if (method === 'DELETE') {
      this.uploads.delete(id);
      return { status: 204 };
    }
    const whole = Buffer.concat([...upload.parts].sort(([a], [b]) => a - b).map(([, bytes]) => bytes));
    const kept = this.keep(upload.key, this.behaviour.locksParts ? upload.headers : {}, whole, headers);
    if (kept.status !== 200) return kept;
    this.uploads.delete(id);
    const result = xml(200, `<CompleteMultipartUploadResult><Key>${upload.key}</Key></CompleteMultipartUploadResult>`);
    return { ...result, headers: { ...kept.headers, ...result.headers } };
  }
}

function digest(algorithm: 'md5' | 'sha256', body: Buffer, encoding: 'hex' | 'base64' = 'base64'): string {
  return createHash(algorithm).update(body).digest(encoding);
}

export function failure(status: number, code: string): Reply {
  return xml(status, `<Error><Code>${code}</Code><Message>${code}</Message></Error>`);
}

function xml(status: number, body: string): Reply {
  return { status, headers: { 'content-type': 'application/xml' }, body: `<?xml version="1.0"?>${body}` };
}
