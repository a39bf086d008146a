import { inspect } from 'node:util';
import { DeliveryConfigurationError } from '../../../lib/delivery/delivery.errors.js';
import { DeliveryItem } from '../../../lib/delivery/delivery-item.js';
import { sha256Hex } from '../../../lib/delivery/digest.js';
import { normalizeTrail } from '../../../lib/delivery/immutable-log/immutable-log.message.js';
import { ImmutableLogSink } from '../../../lib/delivery/immutable-log/immutable-log.sink.js';
import type { ImmutableLogOptions } from '../../../lib/delivery/immutable-log/immutable-log.options.js';
import { FaultHttpServer } from '../../support/delivery/fault-http-server.js';
import type { SeenRequest } from '../../support/delivery/fault-http-server.js';
import { ImmutableLogServer } from '../../support/delivery/immutable-log-server.js';
import { TestLog } from '../../support/delivery/test-log.js';

const { signal } = new AbortController();
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

describe('ImmutableLogSink', () => {
  let remote: ImmutableLogServer;
  let server: FaultHttpServer;
  const log = new TestLog();
  const [row, second] = log.append([
    { action: 'invoice.delete', outcome: 'denied', context: { trail: ' orders: 2026 ' } },
    { action: 'invoice.read' },
  ]);
  const items = [row, second].map((stored) => new DeliveryItem(stored, []));
  let sinks: ImmutableLogSink[] = [];

  const make = (options: ImmutableLogOptions = {}): ImmutableLogSink => {
    const sink = new ImmutableLogSink({ url: server.url, apiKey: remote.apiKey, ...options }, {});
    sinks.push(sink);
    return sink;
  };

  beforeEach(async () => {
    remote = new ImmutableLogServer();
    server = await FaultHttpServer.start((request) => remote.handle(request));
  });

  afterEach(async () => {
    for (const sink of sinks) sink.close();
    sinks = [];
    await server.down();
  });

  it('posts the exact line as a string, the mapping, the key and stable ids', async () => {
    await make({ env: 'production' }).deliver([items[0]], signal);
    const [{ method, path, headers, body }] = server.requests;
    expect([method, path]).toEqual(['POST', '/v1/events']);
    expect(headers).toMatchObject({
      authorization: `Bearer ${remote.apiKey}`,
      'content-type': 'application/json',
      'idempotency-key': row.eventId,
      'user-agent': 'nestjs-audit-trail',
    });
    expect(headers['request-id']).toMatch(UUID);
    expect(JSON.parse(body.toString())).toEqual({
      payload: items[0].line,
      meta: {
        type: 'warning',
        event_name: 'invoice.delete',
        service: 'billing-api',
        trace_id: row.eventId,
        request_id: headers['request-id'],
        env: 'production',
        immutable_trail: 'orders- 2026',
      },
    });
  });

  it('sends the same request on each try, from another process too', async () => {
    await make().deliver(items, signal);
    await make().deliver(items, signal);
    const essence = ({ headers, body }: SeenRequest): unknown[] => [
      headers['request-id'],
      headers['idempotency-key'],
      body.toString(),
    ];
    expect(server.requests.slice(2).map(essence)).toEqual(server.requests.slice(0, 2).map(essence));
  });

  it('keeps the receipt', async () => {
    const [first] = await make().deliver([items[0]], signal);
    const [again] = await make().deliver([items[0]], signal);
    const receipt = {
      txId: expect.stringMatching(/^tx_/),
      payloadHash: sha256Hex(items[0].line),
      remoteStatus: 'accepted',
    };
    expect(first).toMatchObject({ status: 'delivered', receipt: { ...receipt, duplicate: false } });
    expect(again).toMatchObject({ status: 'delivered', receipt: { ...receipt, duplicate: true } });
  });

  it.each([
    ['f'.repeat(64), true],
    ['sha256:F'.padEnd(71, 'f'), true],
    ['not a hash', false],
  ])('compares the payload hash %s of the remote with its own', async (payload_hash, isFinding) => {
    server.fault = { status: 202, body: JSON.stringify({ ok: true, tx_id: 't', payload_hash }) };
    const [result] = await make().deliver([items[0]], signal);
    expect(result.status).toBe('delivered');
    expect('receipt' in result && result.receipt?.finding !== undefined).toBe(isFinding);
  });

  it('waits an hour for a used-up quota, unless told otherwise', async () => {
    server.fault = { status: 429, body: '{"ok":false,"reason":"monthly_limit_exceeded"}' };
    expect(await make().deliver([items[0]], signal)).toMatchObject([{ status: 'transient', retryAfterMs: 3_600_000 }]);
    server.fault = { ...server.fault, headers: { 'retry-after': '7' } };
    expect(await make().deliver([items[0]], signal)).toMatchObject([{ status: 'transient', retryAfterMs: 7000 }]);
  });

  it('tries nothing behind a failure, and stops in time', async () => {
    server.fault = { status: 500 };
    const results = await make().deliver(items, signal);
    expect(results.map(({ status }) => status)).toEqual(['transient', 'deferred']);
    expect(server.requests).toHaveLength(1);
    const aborted = AbortSignal.abort();
    expect(await make().deliver(items, aborted)).toEqual([{ status: 'deferred' }, { status: 'deferred' }]);
  });

  it('sends several at once if asked to', async () => {
    const waiting: (() => void)[] = [];
    const slow = await FaultHttpServer.start(async (request) => {
      await new Promise<void>((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 2) waiting.forEach((go) => go());
      });
      return remote.handle(request);
    });
    const results = await make({ url: slow.url, concurrency: 2 }).deliver(items, signal);
    expect(results.map(({ status }) => status)).toEqual(['delivered', 'delivered']);
    await slow.down();
  });

  it('recovers at once from a connection that was closed while idle', async () => {
    const sink = make();
    await sink.deliver([items[0]], signal);
    server.cutConnections();
    expect(await sink.deliver([items[1]], signal)).toMatchObject([{ status: 'delivered' }]);
  });

  it('never shows its key', async () => {
    const sink = make();
    server.fault = { status: 401, body: `{"reason":"key ${remote.apiKey} is unknown"}` };
    const result = await sink.deliver([items[0]], signal);
    expect(JSON.stringify(result)).not.toContain(remote.apiKey);
    expect(inspect(sink, { depth: 9, showHidden: true }) + JSON.stringify(sink)).not.toContain(remote.apiKey);
  });

  it('anchors checkpoints, the same one once', async () => {
    const note = 'example.org/log\n8\nAAAA=\n\n— example.org/log x\n';
    const checkpoint = { origin: 'example.org/log', size: 8, root: 'AAAA=', note };
    const first = await make().anchor(checkpoint, signal);
    expect(first).toMatchObject({ duplicate: false, location: expect.stringContaining('/v1/events#tx_') });
    expect(await make().anchor(checkpoint, signal)).toMatchObject({ duplicate: true, location: first.location });
    expect(remote.kept[0].payload).toBe(note);
    server.fault = { status: 500 };
    await expect(make().anchor(checkpoint, signal)).rejects.toThrow(/size 8 was not anchored.*HTTP 500/);
  });

  describe('options', () => {
    it('come from the environment where they are not given', async () => {
      const sink = new ImmutableLogSink(
        {},
        {
          IMMUTABLELOG_URL: server.url,
          IMMUTABLELOG_API_KEY: remote.apiKey,
          IMTBL_ENV: 'staging',
          IMTBL_URL: 'https://x',
        },
      );
      sinks.push(sink);
      await sink.deliver([items[0]], signal);
      expect(remote.kept[0].meta).toMatchObject({ env: 'staging' });
      expect(sink.name).toBe('immutablelog');
    });

    it.each([
      [{ apiKey: undefined }, /There is no API key.*IMMUTABLELOG_API_KEY/],
      [{ apiKey: 'a b' }, /The API key has characters/],
      [{ apiKey: 'key\nwith-line-break' }, /The API key has characters/],
      [{ url: 'http://api.example.org' }, /plain HTTP/],
      [{ url: 'ftp://api.example.org' }, /begins with https/],
      [{ url: 'api.example.org' }, /not an absolute URL/],
      [{ url: 'https://user:pw@api.example.org' }, /credentials/],
      [{ concurrency: 0 }, /"concurrency"/],
      [{ apikey: 'x' } as never, /no option "apikey"/],
    ])('%j is refused', (options: ImmutableLogOptions, message) => {
      const given = { url: 'https://api.example.org', apiKey: 'iml_live_1234', ...options };
      expect(() => new ImmutableLogSink(given, {})).toThrow(DeliveryConfigurationError);
      expect(() => new ImmutableLogSink(given, {})).toThrow(message);
    });
  });
});

describe('normalizeTrail', () => {
  it.each([
    [undefined, undefined],
    ['   ', undefined],
    [' a:b:c ', 'a-b-c'],
    ['😀'.repeat(300), '😀'.repeat(256)],
  ])('%j', (trail, expected) => {
    expect(normalizeTrail(trail)).toBe(expected);
  });
});
