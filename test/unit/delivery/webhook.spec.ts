import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { inspect } from 'node:util';
import { Webhook } from 'standardwebhooks';
import { DeliveryItem } from '../../../lib/delivery/delivery-item.js';
import { DeliveryConfigurationError } from '../../../lib/delivery/delivery.errors.js';
import type { WebhookOptions } from '../../../lib/delivery/webhook/webhook.options.js';
import { WebhookSigner } from '../../../lib/delivery/webhook/webhook-signature.js';
import { WebhookSink } from '../../../lib/delivery/webhook/webhook.sink.js';
import { FaultHttpServer } from '../../support/delivery/fault-http-server.js';
import { TestLog } from '../../support/delivery/test-log.js';

const { signal } = new AbortController();
const secret = (fill: number): string => `whsec_${Buffer.alloc(32, fill).toString('base64')}`;

describe('WebhookSigner', () => {
  it('reproduces the signature of a known message', () => {
    // Test vector of the Standard Webhooks libraries.
    const signer = new WebhookSigner(['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']);
    expect(signer.headers('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', 1614265330)).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });

  it('signs with every secret, old and new, and an independent library accepts either', () => {
    const signer = new WebhookSigner([secret(1), secret(2)]);
    const headers = signer.headers('id_1', 'körper', Math.floor(Date.now() / 1000));
    for (const fill of [1, 2]) {
      expect(new Webhook(secret(fill)).verify('körper', headers, { jsonParse: false })).toBeUndefined();
    }
    expect(() => new Webhook(secret(3)).verify('körper', headers)).toThrow();
  });

  it.each([32, 64])('signs with Ed25519 keys of %i bytes', (length) => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const { d = '', x = '' } = privateKey.export({ format: 'jwk' });
    const bytes = Buffer.concat([Buffer.from(d, 'base64url'), Buffer.from(x, 'base64url')]).subarray(0, length);
    const signer = new WebhookSigner([secret(1), `whsk_${bytes.toString('base64')}`]);
    const signatures = signer.headers('id', 'body', 5)['webhook-signature'].split(' ');
    expect(signatures[1]).toMatch(/^v1a,/);
    const signature = Buffer.from(signatures[1].slice(4), 'base64');
    expect(
      verify(
        null,
        Buffer.from('id.5.body'),
        createPublicKey(publicKey.export({ format: 'pem', type: 'spki' })),
        signature,
      ),
    ).toBe(true);
  });

  it.each([
    [[], /at least one secret/],
    [undefined, /at least one secret/],
    [['MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'], /position 0.*begins with whsec_/],
    [[`whsec_${Buffer.alloc(23).toString('base64')}`], /24–64 bytes/],
    [[`whsec_${Buffer.alloc(65).toString('base64')}`], /24–64 bytes/],
    [['whsec_not base64!'], /24–64 bytes/],
    [[`whsk_${Buffer.alloc(31).toString('base64')}`], /32 or 64 bytes/],
    [[`whsk_${Buffer.alloc(64, 1).toString('base64')}`], /second half/],
    [[secret(1), 'whpk_AAAA'], /position 1/],
  ])('refuses %j without showing it', (secrets, message) => {
    expect(() => new WebhookSigner(secrets as never)).toThrow(message);
    expect(() => new WebhookSigner(secrets as never)).toThrow(DeliveryConfigurationError);
  });
});

describe('WebhookSink', () => {
  const log = new TestLog();
  const items = log
    .append([{ action: 'invoice.sub-line.delete' }, { action: 'b' }, { action: 'c' }, { action: 'd' }])
    .map((row) => new DeliveryItem(row, []));
  let server: FaultHttpServer;
  let sinks: WebhookSink[] = [];

  const make = (options: Partial<WebhookOptions> = {}): WebhookSink => {
    const sink = new WebhookSink({ url: server.url, secrets: [secret(1)], allowAddresses: ['127.0.0.1'], ...options });
    sinks.push(sink);
    return sink;
  };

  beforeEach(async () => {
    server = await FaultHttpServer.start(() => ({ status: 200, body: 'thanks' }));
  });

  afterEach(async () => {
    for (const sink of sinks) sink.close();
    sinks = [];
    await server.down();
  });

  it('sends type, time and the exact line; the id is the event’s', async () => {
    const [result] = await make({ headers: { 'x-tenant': 't_1' } }).deliver([items[0]], signal);
    const [{ headers, body }] = server.requests;
    expect(body.toString()).toBe(
      `{"type":"invoice.sub_line.delete","timestamp":"${items[0].occurredAt}","data":${items[0].line}}`,
    );
    expect(headers).toMatchObject({ 'webhook-id': items[0].eventId, 'x-tenant': 't_1' });
    expect(result).toMatchObject({ status: 'delivered', receipt: { remoteStatus: '200', raw: 'thanks' } });
  });

  it('gives a batch an id that its bytes decide', async () => {
    await make({ format: 'batch' }).deliver(items, signal);
    await make({ format: 'batch' }).deliver(items, signal);
    await make({ format: 'batch' }).deliver(items.slice(1), signal);
    const ids = server.requests.map(({ headers }) => headers['webhook-id']);
    expect(ids[0]).toMatch(/^batch_[0-9a-f]{32}$/);
    expect(ids[1]).toBe(ids[0]);
    expect(ids[2]).not.toBe(ids[0]);
    expect(JSON.parse(server.requests[0].body.toString())).toMatchObject({
      type: 'audit.batch',
      data: {
        firstIndex: 0,
        lastIndex: 3,
        count: 4,
        events: items.map(({ record }) => ({ record: { id: record.id } })),
      },
    });
  });

  it('finds the one event that a batch is refused for', async () => {
    server.fault = ({ body }) => (body.includes(items[2].eventId) ? { status: 400, body: 'no c' } : null);
    const results = await make({ format: 'batch' }).deliver(items, signal);
    expect(results.map(({ status }) => status)).toEqual(['delivered', 'delivered', 'rejected', 'delivered']);
    server.fault = ({ body }) =>
      body.includes(items[0].eventId) && !body.includes(items[1].eventId) ? { status: 500 } : { status: 413 };
    const stopped = await make({ format: 'batch' }).deliver(items, signal);
    expect(stopped.map(({ status }) => status)).toEqual(['transient', 'deferred', 'deferred', 'deferred']);
  });

  it('follows no redirect', async () => {
    server.fault = { status: 302, headers: { location: `${server.url}/other` } };
    const [result] = await make().deliver([items[0]], signal);
    expect(result).toMatchObject({ status: 'sink_failure', error: expect.stringContaining('not followed') });
    expect(server.requests).toHaveLength(1);
  });

  it.each([
    'http://127.0.0.1:9/',
    'http://localhost:9/',
    'https://[::1]/',
    'https://0x7f.1/',
    'https://2130706433/',
    'https://169.254.169.254/latest',
  ])('sends nothing to %s unless it is allowed', async (url) => {
    const results = await make({ url, allowAddresses: [] }).deliver([items[0], items[1]], signal);
    expect(results).toMatchObject([
      { status: 'sink_failure', error: expect.stringContaining('not a public address') },
      { status: 'deferred' },
    ]);
  });

  it('takes a name that does not resolve for a passing failure', async () => {
    const [result] = await make({ url: 'https://no-such-host.invalid/' }).deliver([items[0]], signal);
    expect(result.status).toBe('transient');
  });

  it('never shows secrets or headers', async () => {
    const sink = make({ headers: { authorization: 'Bearer abcdefgh12345' } });
    server.fault = { status: 500, body: 'Bearer abcdefgh12345 and abcdefgh12345' };
    expect(JSON.stringify(await sink.deliver([items[0]], signal))).not.toContain('Bearer abcdefgh12345');
    expect(inspect(sink, { depth: 9, showHidden: true })).not.toMatch(/abcdefgh12345|AQEBAQEB/);
  });

  it('anchors checkpoints', async () => {
    const note = 'example.org/log\n8\nAAAA=\n\n— example.org/log x\n';
    const checkpoint = { origin: 'example.org/log', size: 8, root: 'AAAA=', note };
    const first = await make().anchor(checkpoint, signal);
    const again = await make().anchor(checkpoint, signal);
    expect(again.location).toBe(first.location);
    expect(server.requests[1].body).toEqual(server.requests[0].body);
    expect(JSON.parse(server.requests[0].body.toString())).toMatchObject({ type: 'audit.checkpoint', data: { note } });
    server.fault = { status: 401 };
    await expect(make().anchor(checkpoint, signal)).rejects.toThrow(/HTTP 401/);
  });

  it.each([
    [{ url: 'http://example.org' }, /plain HTTP/],
    [{ format: 'some' as never }, /"single" or "batch"/],
    [{ headers: { 'webhook-id': 'x' } }, /"webhook-id" can't be sent/],
    [{ headers: { 'x-a': 'line\nbreak' } }, /"x-a" can't be sent/],
    [{ allowAddresses: ['10.0.0.0/33'] }, /no address or network/],
    [{ allowAddresses: ['internal.example.org'] }, /no address or network/],
    [{ secret: 'x' } as never, /no option "secret"/],
  ])('%j is refused', (options: Partial<WebhookOptions>, message) => {
    expect(() => make(options)).toThrow(message);
  });
});
