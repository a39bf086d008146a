import { S3Client } from '@aws-sdk/client-s3';
import { gunzipSync } from 'node:zlib';
import { S3Sink } from '../../lib/delivery/s3/s3.sink.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import type { HttpFault } from '../support/delivery/fault-http-server.js';
import { failure, S3Server } from '../support/delivery/s3-server.js';
import { describeSinkContract } from './sink.contract.js';
import type { Arrival, SinkDestination } from './sink.contract.js';

const FAULTS: Record<string, HttpFault> = {
  hang: 'hang',
  'connection reset': 'reset',
  'half an answer': 'half-answer',
  'slow drip': 'slow-drip',
  'kept, but the answer is lost': 'lost-answer',
  InternalError: failure(500, 'InternalError'),
  SlowDown: failure(503, 'SlowDown'),
  BadDigest: failure(400, 'BadDigest'),
  RequestTimeout: failure(400, 'RequestTimeout'),
  'HTTP 429': failure(429, 'TooManyRequests'),
  AccessDenied: failure(403, 'AccessDenied'),
  InvalidAccessKeyId: failure(403, 'InvalidAccessKeyId'),
  NoSuchBucket: failure(404, 'NoSuchBucket'),
  ExpiredToken: failure(400, 'ExpiredToken'),
  'HTTP 301': failure(301, 'PermanentRedirect'),
};

async function start(conditional: boolean): Promise<SinkDestination> {
  const s3 = new S3Server();
  s3.behaviour.conditional = conditional;
  const server = await FaultHttpServer.start((request) => s3.handle(request));
  return {
    sink: ({ impatient, ...options }) =>
      new S3Sink({
        bucket: 'trail',
        retention: { years: 7 },
        ...options,
        client: new S3Client({
          endpoint: server.url,
          region: 'us-east-1',
          forcePathStyle: true,
          maxAttempts: 1,
          credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
          requestChecksumCalculation: 'WHEN_REQUIRED',
        }) as never,
        requestTimeoutMs: impatient ? 100 : 10_000,
      }),
    arrivals: () => arrivalsIn(s3),
    fail: async (fault) => {
      if (fault === 'refused') return server.down();
      // What was opened already goes on to be asked for, so that only writing fails.
      server.fault = FAULTS[fault];
    },
    heal: async () => {
      server.fault = null;
      await server.up();
    },
    stop: () => server.down(),
  };
}

/** Whatever has a manifest counts, in the order of writing. */
function arrivalsIn(s3: S3Server): Arrival[] {
  const manifests = [...s3.objects].filter(([key]) => key.endsWith('.manifest.json'));
  return manifests.flatMap(([, versions]) =>
    versions.flatMap(({ body }) => {
      const { object } = JSON.parse(body.toString()) as { object: { key: string } };
      const content = gunzipSync(s3.objects.get(object.key)!.at(-1)!.body).toString();
      return content
        .trimEnd()
        .split('\n')
        .map((bytes) => ({ eventId: (JSON.parse(bytes) as { record: { id: string } }).record.id, bytes }));
    }),
  );
}

const passing = [
  'refused',
  'hang',
  'connection reset',
  'half an answer',
  'slow drip',
  'kept, but the answer is lost',
  'InternalError',
  'SlowDown',
  'BadDigest',
  'RequestTimeout',
  'HTTP 429',
];
const silent = ['hang', 'slow drip'];
const refusing = ['AccessDenied', 'InvalidAccessKeyId', 'NoSuchBucket', 'ExpiredToken', 'HTTP 301'];

describeSinkContract({ name: 'S3 with Object Lock', start: () => start(true), passing, silent, refusing });
describeSinkContract({
  name: 'S3 on a server that ignores If-None-Match',
  start: () => start(false),
  passing,
  silent,
  refusing: ['AccessDenied'],
});
