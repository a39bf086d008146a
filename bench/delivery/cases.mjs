// The sinks of the delivery bench. Each: the sink, how a batch of items becomes what is sent, and how the same client
// sends that without us.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzip as gzipCallback } from 'node:zlib';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { HttpClient } from '../../dist/esm/delivery/http/http-client.js';
import { eventMessage } from '../../dist/esm/delivery/immutable-log/immutable-log.message.js';
import { ImmutableLogSink } from '../../dist/esm/delivery/immutable-log/immutable-log.sink.js';
import { FileSink } from '../../dist/esm/delivery/lines/file.sink.js';
import { StdoutSink } from '../../dist/esm/delivery/lines/stdout.sink.js';
import { S3Sink } from '../../dist/esm/delivery/s3/s3.sink.js';
import { formatSyslog, frame } from '../../dist/esm/delivery/syslog/syslog-message.js';
import { SyslogSink } from '../../dist/esm/delivery/syslog/syslog.sink.js';
import { batchMessage, singleMessage } from '../../dist/esm/delivery/webhook/webhook-message.js';
import { WebhookSigner } from '../../dist/esm/delivery/webhook/webhook-signature.js';
import { WebhookSink } from '../../dist/esm/delivery/webhook/webhook.sink.js';

const gzip = promisify(gzipCallback);
const { signal } = new AbortController();
const apiKey = 'iml_live_bench';
const secrets = [`whsec_${Buffer.alloc(32, 1).toString('base64')}`];
const signer = new WebhookSigner(secrets);
const common = { 'content-type': 'application/json', 'user-agent': 'nestjs-audit-trail' };
const webhookRequest = ({ id, body }) => ({ body, headers: { ...common, ...signer.headers(id, body, 1_795_219_200) } });
const logRequest = ({ idempotencyKey, requestId, body }) => ({
  body,
  headers: {
    ...common,
    authorization: `Bearer ${apiKey}`,
    'idempotency-key': idempotencyKey,
    'request-id': requestId,
  },
});
const linesOf = (items) => items.map(({ line }) => `${line}\n`).join('');

/** Requests over kept-alive connections, as the sinks send them. */
function poster(url, concurrency = 1) {
  const client = new HttpClient({ maxSockets: concurrency });
  return {
    async send(requests) {
      let next = 0;
      const lane = async () => {
        while (next < requests.length) {
          const { headers, body } = requests[next++];
          await client.post(url, headers, body, signal);
        }
      };
      await Promise.all(Array.from({ length: concurrency }, lane));
    },
    close: () => client.close(),
  };
}

/** `share`: of the events of a run, for slow ones. */
export function casesOf({ base, syslogPort, folder }) {
  let files = 0;
  const events = new URL(`${base}/v1/events`);
  const hook = new URL(`${base}/hook`);
  const webhook = { url: hook.href, secrets, allowAddresses: ['127.0.0.1'] };
  const s3Options = {
    endpoint: base,
    region: 'us-east-1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
    requestChecksumCalculation: 'WHEN_REQUIRED',
  };
  const logRequests = (items) => items.map((item) => logRequest(eventMessage(item, undefined)));
  return {
    immutablelog: {
      batch: 200,
      share: 0.2,
      sink: () => new ImmutableLogSink({ url: base, apiKey }, {}),
      prepare: logRequests,
      client: () => poster(events),
    },
    'immutablelog ×8': {
      batch: 200,
      share: 0.2,
      sink: () => new ImmutableLogSink({ url: base, apiKey, concurrency: 8 }, {}),
      prepare: logRequests,
      client: () => poster(events, 8),
    },
    webhook: {
      batch: 200,
      share: 0.2,
      sink: () => new WebhookSink(webhook),
      prepare: (items) => items.map((item) => webhookRequest(singleMessage(item))),
      client: () => poster(hook),
    },
    'webhook batch': {
      batch: 100,
      sink: () => new WebhookSink({ ...webhook, format: 'batch' }),
      prepare: (items) => [webhookRequest(batchMessage(items))],
      client: () => poster(hook),
    },
    s3: {
      batch: 2000,
      sink: () => {
        const client = new S3Client(s3Options);
        const sink = new S3Sink({ bucket: 'trail', prefix: `${files++}/`, retention: { days: 1 }, client });
        return Object.assign(sink, { lingerMs: 0, maxBatch: 2000 });
      },
      prepare: linesOf,
      client() {
        const client = new S3Client(s3Options);
        return {
          async send(lines) {
            const Body = await gzip(lines);
            const checks = {
              ContentMD5: createHash('md5').update(Body).digest('base64'),
              ChecksumSHA256: createHash('sha256').update(Body).digest('base64'),
            };
            await client.send(new PutObjectCommand({ Bucket: 'trail', Key: `bare/${files++}`, Body, ...checks }));
            await client.send(
              new PutObjectCommand({ Bucket: 'trail', Key: `bare/${files++}`, Body: Buffer.alloc(600) }),
            );
          },
          close: () => client.destroy(),
        };
      },
    },
    syslog: {
      batch: 1000,
      sink: () => new SyslogSink({ host: '127.0.0.1', port: syslogPort, transport: 'tcp' }),
      prepare: (items) =>
        Buffer.concat(items.map((item) => frame(formatSyslog(item, { facility: 13, maxMessageBytes: 8192 })))),
      client: () => ({
        async send(frames) {
          const socket = createConnection(syslogPort, '127.0.0.1');
          socket.resume();
          const ended = new Promise((resolve) => socket.once('close', resolve));
          socket.end(frames);
          await ended;
        },
        close: () => undefined,
      }),
    },
    file: {
      batch: 1000,
      sink: () => new FileSink({ path: join(folder, `sink-${files++}.jsonl`) }),
      prepare: linesOf,
      client() {
        const opened = open(join(folder, `bare-${files++}.jsonl`), 'a');
        return {
          async send(lines) {
            const handle = await opened;
            await handle.appendFile(lines);
            await handle.datasync();
          },
          close: async () => (await opened).close(),
        };
      },
    },
    stdout: {
      batch: 1000,
      sink: () => new StdoutSink({ stream: createWriteStream('/dev/null') }),
      prepare: linesOf,
      client() {
        const stream = createWriteStream('/dev/null');
        return {
          send: (lines) => new Promise((resolve) => stream.write(lines, resolve)),
          close: () => stream.end(),
        };
      },
    },
  };
}
