import { S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import type { DeliveryContext, SinkMemory } from '../../../lib/delivery/audit-sink.interface.js';
import { DeliveryItem } from '../../../lib/delivery/delivery-item.js';
import { retainUntil } from '../../../lib/delivery/s3/retention.js';
import type { S3Options } from '../../../lib/delivery/s3/s3.options.js';
import { S3Sink } from '../../../lib/delivery/s3/s3.sink.js';
import { buildSegment } from '../../../lib/delivery/s3/segment.js';
import { SegmentVerifier } from '../../../lib/delivery/s3/segment-verifier.js';
import { AnchorConflictError } from '../../../lib/verification/anchors/anchor-conflict.error.js';
import { DispatchWorld } from '../../support/delivery/dispatch-harness.js';
import { FaultHttpServer } from '../../support/delivery/fault-http-server.js';
import { S3Server } from '../../support/delivery/s3-server.js';
import { TestLog } from '../../support/delivery/test-log.js';

const { signal } = new AbortController();

describe('retainUntil', () => {
  it.each([
    ['2024-02-29T12:00:00Z', { years: 1 }, '2025-02-28T12:00:00.000Z'],
    ['2024-02-29T12:00:00Z', { years: 7 }, '2031-02-28T12:00:00.000Z'],
    ['2024-02-29T12:00:00Z', { years: 4 }, '2028-02-29T12:00:00.000Z'],
    ['2026-01-31T23:59:59Z', { months: 1 }, '2026-02-28T23:59:59.000Z'],
    ['2026-10-31T00:00:00Z', { months: 4 }, '2027-02-28T00:00:00.000Z'],
    ['2026-11-21T20:44:00Z', { days: 90 }, '2027-02-19T20:44:00.000Z'],
    ['2026-11-21T20:44:00Z', { years: 1, months: 1, days: 1 }, '2027-12-22T20:44:00.000Z'],
  ])('%s plus %j', (from, retention, expected) => {
    const start = new Date(from);
    expect(retainUntil(start, retention).toISOString()).toBe(expected);
    expect(start.toISOString()).toBe(new Date(from).toISOString());
  });
});

describe('S3Sink', () => {
  let s3: S3Server;
  let server: FaultHttpServer;
  let sinks: S3Sink[] = [];
  const log = new TestLog();
  const items = log.append(6).map((row) => new DeliveryItem(row, []));

  const make = (options: Partial<S3Options> = {}): S3Sink => {
    const client = new S3Client({
      endpoint: server.url,
      region: 'us-east-1',
      forcePathStyle: true,
      maxAttempts: 1,
      credentials: { accessKeyId: 'AK', secretAccessKey: 'SK' },
      requestChecksumCalculation: 'WHEN_REQUIRED',
    });
    const sink = new S3Sink({ bucket: 'trail', retention: { days: 1 }, client: client as never, ...options });
    sinks.push(sink);
    return sink;
  };

  function context(state: SinkMemory | null = null, failures = 0): DeliveryContext & { saved: SinkMemory | null } {
    const made = {
      failures,
      logRoot: null,
      state,
      saved: null as SinkMemory | null,
      saveState: (s: SinkMemory) => void (made.saved = s),
    };
    return made;
  }

  beforeEach(async () => {
    s3 = new S3Server();
    server = await FaultHttpServer.start((request) => s3.handle(request));
  });

  afterEach(async () => {
    await Promise.all(sinks.map((sink) => sink.close()));
    sinks = [];
    await server.down();
  });

  it('writes gzipped lines and a manifest, locked, under a key that says what is in it', async () => {
    const memory = context();
    const before = Date.now();
    const [result] = await make({ mode: 'GOVERNANCE', legalHold: true, prefix: 'trail' }).deliver(
      items,
      signal,
      memory,
    );
    const [key, manifestKey] = [...s3.objects.keys()];
    const day = items[0].occurredAt.slice(0, 10).replaceAll('-', '/');
    expect(key).toMatch(new RegExp(`^trail/${day}/000000000000-000000000005-[0-9a-f]{16}\\.ndjson\\.gz$`));
    expect(manifestKey).toBe(key.replace('.ndjson.gz', '.manifest.json'));
    for (const [stored] of s3.objects.values()) {
      expect(stored).toMatchObject({ lockMode: 'GOVERNANCE', legalHold: 'ON' });
      const days = (Date.parse(stored.retainUntil!) - before) / 86_400_000;
      expect(Math.abs(days - 1)).toBeLessThan(0.01);
    }
    expect(gunzipSync(s3.objects.get(key)![0].body).toString()).toBe(items.map(({ line }) => `${line}\n`).join(''));
    expect(result).toMatchObject({
      status: 'delivered',
      receipt: { txId: manifestKey, duplicate: false, remoteStatus: 'stored' },
    });
    expect(memory.saved).toEqual({ manifestKey, manifestSha256: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });

  it('recognises what is there already, whether or not the server honours If-None-Match', async () => {
    for (const conditional of [true, false]) {
      s3.behaviour.conditional = conditional;
      await make().deliver(items, signal, context());
      const [result] = await make().deliver(items, signal, context());
      expect(result).toMatchObject({ status: 'delivered', receipt: { duplicate: true } });
      expect([...s3.objects.values()].every((versions) => versions.length === 1)).toBe(true);
    }
  });

  it('does not count foreign content under the same key as delivered', async () => {
    await make().deliver(items, signal, context());
    const [key, manifestKey] = [...s3.objects.keys()];
    const [object] = s3.objects.get(key)!;
    s3.objects.set(key, [{ ...object, body: gzipSync('something else\n') }]);
    expect(await make().deliver(items, signal, context())).toMatchObject([
      { status: 'sink_failure', error: expect.stringContaining('already with other content') },
      ...items.slice(1).map(() => ({ status: 'deferred' })),
    ]);
    s3.objects.set(key, [object]);
    s3.objects.set(manifestKey, [{ ...object, body: Buffer.from('{}') }]);
    expect(await make().deliver(items, signal, context())).toMatchObject([
      { status: 'sink_failure', error: expect.stringContaining('is not the manifest of its object') },
      ...items.slice(1).map(() => ({ status: 'deferred' })),
    ]);
  });

  it('goes on from the manifest that is there when its own state was restored from a backup', async () => {
    const first = context();
    await make().deliver(items, signal, first);
    const restored = context({ manifestKey: 'older', manifestSha256: 'ff' });
    const [result] = await make().deliver(items, signal, restored);
    expect(result).toMatchObject({
      status: 'delivered',
      receipt: { finding: expect.stringContaining('follows another manifest') },
    });
    expect(restored.saved).toEqual(first.saved);
  });

  it.each([
    ['the bucket has no Object Lock', { objectLock: false }, /has no Object Lock/],
    ['the server ignores locks', { locks: false }, /did not lock it/],
  ])('is held when %s', async (_, behaviour, message) => {
    Object.assign(s3.behaviour, behaviour);
    const [result] = await make().deliver(items, signal, context());
    expect(result).toMatchObject({ status: 'sink_failure', error: expect.stringMatching(message) });
    Object.assign(s3.behaviour, { objectLock: true, locks: true });
    s3.objects.clear();
  });

  it('works for those who may not list the bucket', async () => {
    s3.behaviour.mayList = false;
    expect(await make().deliver(items, signal, context(null, 1))).toMatchObject(
      items.map(() => ({ status: 'delivered' })),
    );
  });

  it('uploads large objects in parts, and leaves no parts behind when that fails', async () => {
    const blob = randomBytes(9_000_000).toString('base64');
    const large = new TestLog()
      .append(1)
      .map((row) => new DeliveryItem({ ...row, sections: `{"metadata":{"value":"${blob}"}}` }, ['metadata']));
    const sink = make({ multipartBytes: 5 * 1024 * 1024 });
    server.fault = ({ path }) => (path.includes('partNumber=2') ? { status: 500 } : null);
    expect(await sink.deliver(large, signal, context())).toMatchObject([{ status: 'transient' }]);
    expect(s3.uploads.size).toBe(0);
    server.fault = null;
    expect(await sink.deliver(large, signal, context(null, 1))).toMatchObject([
      { status: 'delivered', receipt: { duplicate: false } },
    ]);
    const [[object]] = [...s3.objects.values()];
    expect(gunzipSync(object.body).toString()).toBe(`${large[0].line}\n`);
    expect(object.lockMode).toBe('COMPLIANCE');
    expect(await make({ multipartBytes: 5 * 1024 * 1024 }).deliver(large, signal, context())).toMatchObject([
      { status: 'delivered', receipt: { duplicate: true } },
    ]);
    expect(s3.uploads.size).toBe(0);
  });

  it('locks large objects by itself where the server forgets to', async () => {
    s3.behaviour.locksParts = false;
    const blob = randomBytes(6_000_000).toString('base64');
    const [row] = new TestLog().append(1);
    const large = new DeliveryItem({ ...row, sections: `{"metadata":{"value":"${blob}"}}` }, ['metadata']);
    const options = { multipartBytes: 5 * 1024 * 1024 } as const;
    // The first process dies before it can lock the object.
    server.fault = ({ path }) => (path.includes('retention') ? 'reset' : null);
    expect(await make(options).deliver([large], signal, context())).toMatchObject([{ status: 'transient' }]);
    expect([...s3.objects.values()].map(([{ lockMode }]) => lockMode)).toEqual([undefined]);
    server.fault = null;
    expect(await make(options).deliver([large], signal, context())).toMatchObject([
      { status: 'delivered', receipt: { duplicate: true } },
    ]);
    expect([...s3.objects.values()].map(([{ lockMode }]) => lockMode)).toEqual(['COMPLIANCE', 'COMPLIANCE']);
  });

  it('anchors checkpoints: the same once, other signatures beside it, another root is a conflict', async () => {
    const checkpoint = (root: string, signature: string) => {
      const note = `example.org/log\n8\n${root}\n\n— example.org/log ${signature}\n`;
      return { origin: 'example.org/log', size: 8, root, note };
    };
    const sink = make();
    const first = await sink.anchor(checkpoint('AAAA', 'one'), signal);
    expect(first).toEqual({ location: 's3://trail/audit/checkpoints/0000000000000008.note', duplicate: false });
    expect(await sink.anchor(checkpoint('AAAA', 'one'), signal)).toEqual({ ...first, duplicate: true });
    const resigned = await sink.anchor(checkpoint('AAAA', 'two'), signal);
    expect(resigned.location).toMatch(/0000000000000008-[0-9a-f]{16}\.note$/);
    await expect(sink.anchor(checkpoint('BBBB', 'three'), signal)).rejects.toThrow(AnchorConflictError);
    for (const size of [1, 20, 300]) await sink.anchor({ ...checkpoint('AAAA', 'one'), size }, signal);
    expect(await sink.anchorSizes(signal)).toEqual([1, 8, 20, 300]);
    expect(await sink.readAnchor(8, signal)).toBe(checkpoint('AAAA', 'one').note);
    expect(await sink.readAnchor(9, signal)).toBeNull();
    const notes = [...s3.objects.values()].map(([{ body }]) => body.toString());
    expect(notes.slice(0, 3).map((note) => note.split('\n')[2])).toEqual(['AAAA', 'AAAA', 'BBBB']); // evidence is kept
    expect([...s3.objects.values()].every(([{ lockMode }]) => lockMode === 'COMPLIANCE')).toBe(true);
  });

  it.each([
    [{ bucket: 'No_Bucket' }, /"bucket"/],
    [{ retention: undefined as never }, /"retention" is missing/],
    [{ retention: {} }, /longer than nothing/],
    [{ retention: { year: 7 } as never }, /"year" is none of/],
    [{ retention: { years: 1.5 } }, /whole numbers/],
    [{ retention: { years: 101 } }, /at most 100 years/],
    [{ mode: 'compliance' as never }, /"COMPLIANCE" or "GOVERNANCE"/],
    [{ prefix: 'a b' }, /"prefix"/],
    [{ multipartBytes: 1000 }, /"multipartBytes"/],
    [{ endpoint: 'minio:9000' }, /begins with https/],
    [{ buckets: 'x' } as never, /no option "buckets"/],
  ])('%j is refused', (options: Partial<S3Options>, message) => {
    expect(() => make(options)).toThrow(message);
  });

  describe('an archive', () => {
    /** Delivers a log in small batches and hands back manifest and object of each, in the order of their keys. */
    async function archive(): Promise<{ segments: [string, Buffer, Buffer][]; root: string }> {
      const world = new DispatchWorld();
      world.log.append(25);
      const dispatcher = world.dispatcher([Object.assign(make(), { maxBatch: 10, lingerMs: 0 })]);
      dispatcher.start();
      await dispatcher.whenIdle();
      await dispatcher.stop(0);
      const keys = [...s3.objects.keys()].filter((key) => key.endsWith('.manifest.json')).sort();
      const bytes = (key: string): Buffer => s3.objects.get(key)![0].body;
      const segments = keys.map((key): [string, Buffer, Buffer] => {
        const { object } = JSON.parse(bytes(key).toString()) as { object: { key: string } };
        return [key, bytes(key), bytes(object.key)];
      });
      return { segments, root: (await world.log.readHead()).root };
    }

    function verify(segments: readonly [string, Buffer, Buffer][]): SegmentVerifier {
      const verifier = new SegmentVerifier();
      for (const segment of segments) verifier.add(...segment);
      return verifier;
    }

    it('verifies without a database, up to the root of the log', async () => {
      const { segments, root } = await archive();
      const verifier = verify(segments);
      expect(segments).toHaveLength(3);
      expect(verifier.problems).toEqual([]);
      expect(verifier.events).toBe(25);
      expect(verifier.logRoot).toEqual({ size: 25, root });
    });

    it('shows a missing, a replaced, an edited and a damaged part', async () => {
      const { segments } = await archive();
      const [first, second, third] = segments;
      expect(verify([first, third]).problems).toMatchObject([
        { key: third[0], text: expect.stringContaining('it follows') },
      ]);
      expect(verify([first, second, second, third]).problems.length).toBeGreaterThan(0);
      const edited = gzipSync(gunzipSync(second[2]).toString().replace('inv_12', 'inv_99'));
      expect(verify([first, [second[0], second[1], edited], third]).problems.map(({ text }) => text)).toEqual(
        expect.arrayContaining([
          expect.stringContaining('does not have the bytes'),
          expect.stringContaining('does not have the hash beside it'),
          expect.stringContaining('its events make'),
        ]),
      );
      const cut = gzipSync(gunzipSync(second[2]).toString().slice(0, -2));
      expect(verify([first, [second[0], second[1], cut], third]).problems.length).toBeGreaterThan(0);
      expect(verify([first, [second[0], Buffer.from('{'), second[2]], third]).problems[0].text).toContain(
        "can't be read",
      );
      const forged = Buffer.from(second[1].toString().replace('"count":10', '"count":11'));
      expect(verify([first, [second[0], forged, second[2]], third]).problems.map(({ key }) => key)).toEqual([
        second[0],
        third[0],
      ]);
    });

    it('has segments that depend on nothing but the events and their predecessor', async () => {
      const previous = { key: 'k', sha256: 'ff' };
      const root = { size: 6, root: 'aa' };
      const [one, two] = [
        await buildSegment(items, 'p/', root, previous),
        await buildSegment(items, 'p/', root, previous),
      ];
      expect(one).toEqual(two);
      expect((await buildSegment(items.slice(1), 'p/', root, previous)).key).not.toBe(one.key);
    });
  });
});
