import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  GetObjectLegalHoldCommand,
  GetObjectRetentionCommand,
  ListObjectVersionsCommand,
  PutObjectRetentionCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { randomBytes, randomUUID } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import type { DeliveryContext } from '../../lib/delivery/audit-sink.interface.js';
import { DeliveryItem } from '../../lib/delivery/delivery-item.js';
import { S3Sink } from '../../lib/delivery/s3/s3.sink.js';
import type { S3Options } from '../../lib/delivery/s3/s3.options.js';
import { SegmentVerifier } from '../../lib/delivery/s3/segment-verifier.js';
import { AnchorConflictError } from '../../lib/verification/anchors/anchor-conflict.error.js';
import { DispatchWorld } from '../support/delivery/dispatch-harness.js';
import { TestLog } from '../support/delivery/test-log.js';
import { describeWith } from '../support/services.js';

const endpoint = process.env.TEST_S3_ENDPOINT ?? 'http://127.0.0.1:7480';
const answers = await fetch(endpoint).then(
  () => true,
  () => false,
);
const hint = `Nothing is written to a real S3 server. Run tools/services/object-lock-s3.sh up, or set TEST_S3_ENDPOINT.`;
const { signal } = new AbortController();

describeWith(
  `An S3 server at ${endpoint}`,
  answers,
  hint,
)('a real S3 server with Object Lock', () => {
  const bucket = `audit-${randomUUID()}`;
  const credentials = { accessKeyId: 'AK', secretAccessKey: 'SK' };
  const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  let prefixes = 0;
  let prefix: string;

  /** Credentials come from the SDK's default chain. */
  const sink = (options: Partial<S3Options> = {}): S3Sink =>
    new S3Sink({ bucket, endpoint, prefix, retention: { days: 1 }, ...options });

  async function versions(): Promise<{ Key: string; VersionId: string }[]> {
    const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix }));
    return Versions as { Key: string; VersionId: string }[];
  }

  async function read(Key: string): Promise<Buffer> {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return Buffer.from(await Body!.transformToByteArray());
  }

  async function deliver(world: DispatchWorld, one: S3Sink): Promise<void> {
    const dispatcher = world.dispatcher([Object.assign(one, { maxBatch: 10, lingerMs: 0 })]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await dispatcher.stop(0);
    expect(world.alarms).toEqual([]);
  }

  beforeAll(async () => {
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AK', AWS_SECRET_ACCESS_KEY: 'SK' });
    await client.send(new CreateBucketCommand({ Bucket: bucket, ObjectLockEnabledForBucket: true }));
  });
  beforeEach(() => void (prefix = `run-${prefixes++}/`));
  afterAll(() => client.destroy());

  it('keeps objects that can be listed, read back and verified without a database', async () => {
    const world = new DispatchWorld();
    world.log.append(25);
    await deliver(world, sink());
    const keys = (await versions()).map(({ Key }) => Key);
    expect(keys).toHaveLength(6);
    const verifier = new SegmentVerifier();
    const lines: string[] = [];
    for (const key of keys.filter((one) => one.endsWith('.manifest.json')).sort()) {
      const manifest = await read(key);
      const object = await read((JSON.parse(manifest.toString()) as { object: { key: string } }).object.key);
      verifier.add(key, manifest, object);
      lines.push(...gunzipSync(object).toString().trimEnd().split('\n'));
    }
    expect(verifier.problems).toEqual([]);
    const { size, root } = await world.log.readHead();
    expect(verifier.logRoot).toEqual({ size, root });
    expect(lines.map((line) => (JSON.parse(line) as { record: { id: string } }).record.id)).toEqual(world.log.ids);
  });

  it.each(['COMPLIANCE', 'GOVERNANCE'] as const)(
    'keeps them from being deleted and their retention from being shortened (%s)',
    async (mode) => {
      const world = new DispatchWorld();
      world.log.append(3);
      await deliver(world, sink({ mode, legalHold: mode === 'GOVERNANCE' }));
      const kept = await versions();
      expect(kept).toHaveLength(2);
      for (const { Key, VersionId } of kept) {
        const place = { Bucket: bucket, Key, VersionId };
        await expect(client.send(new DeleteObjectCommand(place))).rejects.toMatchObject({ name: 'AccessDenied' });
        const shorter = { Mode: mode, RetainUntilDate: new Date(Date.now() + 60_000) };
        const shorten = client.send(new PutObjectRetentionCommand({ ...place, Retention: shorter }));
        await expect(shorten).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
        const { Retention } = await client.send(new GetObjectRetentionCommand(place));
        expect(Retention?.Mode).toBe(mode);
        expect(Math.abs(Retention!.RetainUntilDate!.getTime() - Date.now() - 86_400_000)).toBeLessThan(60_000);
        if (mode === 'GOVERNANCE') {
          const { LegalHold } = await client.send(new GetObjectLegalHoldCommand(place));
          expect(LegalHold?.Status).toBe('ON');
        }
      }
      expect(await versions()).toEqual(kept);
    },
  );

  it('recognises what an earlier process wrote before it died', async () => {
    const world = new DispatchWorld();
    world.log.append(4);
    const { commit } = world.store;
    // Everything is in the bucket, and the process ends before it can note that.
    world.store.commit = (cursor, receipts) =>
      receipts.length > 0 ? Promise.reject(new Error('killed')) : commit.call(world.store, cursor, receipts);
    const dying = world.dispatcher([Object.assign(sink(), { lingerMs: 0 })]);
    dying.start();
    await dying.whenIdle();
    await dying.stop(0);
    expect(await versions()).toHaveLength(2);
    world.store.commit = commit;
    world.alarms.length = 0;
    await deliver(world, sink());
    expect(await versions()).toHaveLength(2);
    expect(await world.store.findReceipts({ limit: 9 })).toMatchObject(
      Array(4).fill({ status: 'delivered', duplicate: true }),
    );
  });

  it('takes large objects in parts', async () => {
    const blob = randomBytes(12_000_000).toString('base64');
    const [row] = new TestLog().append(1);
    const item = new DeliveryItem({ ...row, sections: `{"metadata":{"value":"${blob}"}}` }, ['metadata']);
    const context: DeliveryContext = { failures: 0, logRoot: null, state: null, saveState: () => undefined };
    const one = sink({ multipartBytes: 5 * 1024 * 1024, legalHold: true });
    expect(await one.deliver([item], signal, context)).toMatchObject([{ status: 'delivered' }]);
    expect(await sink({ multipartBytes: 5 * 1024 * 1024 }).deliver([item], signal, context)).toMatchObject([
      { status: 'delivered', receipt: { duplicate: true } },
    ]);
    const kept = await versions();
    expect(kept).toHaveLength(2);
    const object = kept.find(({ Key }) => Key.endsWith('.gz'))!;
    expect(gunzipSync(await read(object.Key)).toString()).toBe(`${item.line}\n`);
    await expect(client.send(new DeleteObjectCommand({ Bucket: bucket, ...object }))).rejects.toMatchObject({
      name: 'AccessDenied',
    });
    await one.close();
  });

  it('anchors checkpoints once', async () => {
    const one = sink();
    const checkpoint = (root: string) => ({ origin: 'o', size: 8, root, note: `o\n8\n${root}\n\n— o x\n` });
    expect(await one.anchor(checkpoint('AAAA'), signal)).toMatchObject({ duplicate: false });
    expect(await one.anchor(checkpoint('AAAA'), signal)).toMatchObject({ duplicate: true });
    await expect(one.anchor(checkpoint('BBBB'), signal)).rejects.toThrow(AnchorConflictError);
    expect(await one.anchorSizes(signal)).toEqual([8]);
    expect(await one.readAnchor(8, signal)).toBe(checkpoint('AAAA').note);
    await one.close();
  });

  it('is not used when its bucket does not lock', async () => {
    const open = `audit-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: open }));
    const world = new DispatchWorld();
    world.log.append(1);
    const dispatcher = world.dispatcher([Object.assign(sink({ bucket: open }), { lingerMs: 0 })]);
    dispatcher.start();
    await dispatcher.whenIdle();
    await dispatcher.stop(0);
    expect(world.alarms).toMatchObject([{ kind: 'sink_held', message: expect.stringContaining('has no Object Lock') }]);
  });

  it('is held while its key is wrong', async () => {
    const world = new DispatchWorld();
    world.log.append(1);
    Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: 'other' });
    const dispatcher = world.dispatcher([Object.assign(sink(), { lingerMs: 0 })]);
    dispatcher.start();
    await dispatcher.whenIdle();
    expect(world.alarms).toMatchObject([
      { kind: 'sink_held', message: expect.stringContaining('SignatureDoesNotMatch') },
    ]);
    Object.assign(process.env, { AWS_SECRET_ACCESS_KEY: 'SK' });
    await dispatcher.stop(0);
    const healed = world.dispatcher([Object.assign(sink(), { lingerMs: 0 })]);
    await healed.sink('s3').flush(1, 10_000);
    expect(await versions()).toHaveLength(2);
    await healed.stop(0);
  });
});
