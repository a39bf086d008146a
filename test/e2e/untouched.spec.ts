import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CaptureRuntime } from '../../lib/capture/capture-runtime.js';
import { AuditApplication } from '../harness/audit-application.js';
import type { AuditApplicationBuilder } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';
import { Gates } from './fixtures/gates.js';
import { PlainThingsController, ThingsController } from './fixtures/things.controller.js';

const SETTINGS = PLATFORMS.flatMap((platform) => [
  [platform, 'with an interceptor'] as const,
  [platform, 'without an interceptor'] as const,
]);

const JSON_TYPE = 'content-type: application/json\r\n';

/** Name, start line and extra headers, body. */
const REQUESTS: [string, string, string, string][] = [
  ['a creation', 'POST /api/things', JSON_TYPE, '{"a":1}'],
  ['a read', 'GET /api/things/1', '', ''],
  ['a HEAD of a read', 'HEAD /api/things/1', '', ''],
  ['a deletion', 'DELETE /api/things/1', '', ''],
  ['a redirect', 'POST /api/things/moved', '', ''],
  ['a refusal by 401', 'POST /api/things/guarded', '', ''],
  ['a refusal by 403', 'POST /api/things/guarded', 'x-user: mallory\r\n', ''],
  ['a throttled request', 'POST /api/things/throttled', '', ''],
  ['a pipe that refuses', 'POST /api/things/numbers/four', '', ''],
  ['a body that does not validate', 'POST /api/things/validated', JSON_TYPE, '{"name":3}'],
  ['a form', 'POST /api/things', 'content-type: application/x-www-form-urlencoded\r\n', 'a=1&a=2'],
  ['a path that leads nowhere', 'POST /api/nowhere', '', ''],
  ['a path outside of the prefix', 'POST /nowhere', '', ''],
  ['malformed JSON', 'POST /api/things', JSON_TYPE, '{"a":'],
  ['an unknown content type', 'POST /api/things', 'content-type: application/x-odd\r\n', 'abc'],
  ['a body over the limit', 'POST /api/things', JSON_TYPE, JSON.stringify({ a: 'x'.repeat(200_000) })],
  ['a path that cannot be decoded', 'DELETE /api/things/%E0%A4%A', '', ''],
  ['an early answer', 'POST /api/things', 'x-early: 1\r\n', ''],
  ['a preflight', 'OPTIONS /api/things', 'origin: https://a.example\r\naccess-control-request-method: PUT\r\n', ''],
  ['a cross-origin request', 'POST /api/things', `origin: https://a.example\r\n${JSON_TYPE}`, '{}'],
  ['a handler that throws', 'POST /api/things/failing', '', ''],
  ['a handler that answers itself', 'POST /api/things/by-hand', '', ''],
  ['a handler that answers on the raw response', 'POST /api/things/by-hand-raw', '', ''],
  ['a stream of events', 'GET /api/things/stream', '', ''],
  ['a file', 'GET /api/things/file', '', ''],
  ['a handler that times out', 'POST /api/things/late', '', ''],
  ['an observable', 'POST /api/things/observable', '', ''],
  ['an expectation that is not met', 'POST /api/things', 'expect: the-impossible\r\n', ''],
  ['an expectation that is met', 'POST /api/things', `expect: 100-continue\r\n${JSON_TYPE}`, '{"a":1}'],
];

/** A read, a HEAD and a preflight. */
const NOT_RECORDED = 3;

const ODD: [string, string][] = [
  ['no host', 'POST /api/things HTTP/1.1\r\ncontent-length: 0\r\n\r\n'],
  ['no HTTP', 'hello\r\n\r\n'],
  ['a head that is too long', `GET / HTTP/1.1\r\nhost: x\r\nx-long: ${'y'.repeat(20_000)}\r\n\r\n`],
  ['a chunk that is none', 'POST /api/things HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n'],
  ['HTTP/1.0', 'POST /api/things HTTP/1.0\r\ncontent-length: 0\r\n\r\n'],
];

describe.each(SETTINGS)('the application is not touched, on %s, %s', (platform, setting) => {
  let audited: AuditApplication;
  let failing: AuditApplication;
  let bare: AuditApplication;
  const isIntercepted = setting === 'with an interceptor';

  function builder(): AuditApplicationBuilder {
    return AuditApplication.on(platform)
      .controllers(isIntercepted ? ThingsController : PlainThingsController)
      .providers(Gates)
      .adapter({ bodyLimit: 100_000 })
      .configure((nest) => {
        nest.setGlobalPrefix('api');
        nest.enableCors();
        nest.use((request: any, response: any, next: () => void) => {
          if (request.headers['x-early'] === undefined) return next();
          response.statusCode = 201;
          response.end('early');
        });
      });
  }

  beforeAll(async () => {
    const options = { http: { echoRequestId: false, captureResponse: isIntercepted } };
    bare = await builder().unaudited().start();
    audited = await builder().audit(options).start();
    failing = await builder()
      .audit({
        ...options,
        http: { ...options.http, severity: thrower },
        actor: { resolve: thrower },
        tenant: { resolve: thrower },
      })
      .start();
  });
  afterAll(async () => {
    for (const app of [bare, audited, failing]) {
      app.nest.get(Gates).openAll();
      await app.stop();
    }
  });

  it.each(REQUESTS)('%s', async (_name, line, headers, body) => {
    const request =
      `${line} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${headers}` +
      `${body === '' && line.startsWith('GET') ? '' : `content-length: ${body.length}\r\n`}\r\n${body}`;
    await expectSame(request);
  });

  it.each(ODD)('%s', async (_name, request) => {
    await expectSame(request);
  });

  it('the capture is there', () => {
    expect(audited.nest.get(CaptureRuntime).hasInterceptor).toBe(isIntercepted);
  });

  it('one event each, also when resolvers throw', async () => {
    const [first, second] = [await audited.events(), await failing.events()];
    expect(second.map(({ http }) => `${http?.method} ${http?.path} ${http?.status}`)).toEqual(
      first.map(({ http }) => `${http?.method} ${http?.path} ${http?.status}`),
    );
    expect(first).toHaveLength(REQUESTS.length + ODD.length - NOT_RECORDED);
    expect(audited.failures).toEqual([]);
    expect(new Set(failing.failures.map(({ where }) => where))).toEqual(
      new Set(['http.severity', 'actor.resolve', 'tenant.resolve']),
    );
  });

  async function expectSame(request: string): Promise<void> {
    const expected = await exchange(bare, request);
    expect(expected).not.toBe('');
    expect(await exchange(audited, request)).toBe(expected);
    expect(await exchange(failing, request)).toBe(expected);
  }
});

function thrower(): never {
  throw new Error('resolver is broken');
}

/** All bytes that come back, but for the time. */
async function exchange(app: AuditApplication, request: string): Promise<string> {
  const client = await app.raw();
  client.send(request);
  const isStream = request.includes('/stream');
  const answer = isStream ? await client.answer() : await client.rest();
  client.abort();
  return answer.replace(/^date: .*\r\n/im, '').replace(/"timestamp":"[^"]*"/, '');
}
