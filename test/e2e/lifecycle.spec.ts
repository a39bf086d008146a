import { Agent } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import { CaptureRuntime } from '../../lib/capture/capture-runtime.js';
import { AuditApplication } from '../harness/audit-application.js';
import type { AuditApplicationBuilder } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';
import { Gates } from './fixtures/gates.js';
import { PlainThingsController, ThingsController } from './fixtures/things.controller.js';

/** The capture needs no interceptor where the application has none; what is recorded must be the same. */
const SETTINGS = PLATFORMS.flatMap((platform) => [
  [platform, 'with interceptors'] as const,
  [platform, 'without interceptors'] as const,
]);

const HIDDEN = { $redacted: 'key:password' };

describe.each(SETTINGS)('one request, one event, on %s, %s', (platform, setting) => {
  let app: AuditApplication;
  afterEach(async () => {
    app.nest.get(Gates).openAll();
    await app.stop();
  });

  function builder(): AuditApplicationBuilder {
    const application = AuditApplication.on(platform)
      .controllers(setting === 'with interceptors' ? ThingsController : PlainThingsController)
      .providers(Gates)
      .configure((nest) => nest.setGlobalPrefix('api'));
    return setting === 'with interceptors' ? application.intercepted() : application;
  }

  it.each([
    ['POST', '/api/things', 201, 'thing.create', '/api/things', undefined],
    ['PUT', '/api/things/7', 200, 'thing.update', '/api/things/:id', '7'],
    ['PATCH', '/api/things/7', 200, 'thing.update', '/api/things/:id', '7'],
    ['DELETE', '/api/things/7', 204, 'thing.delete', '/api/things/:id', '7'],
  ])('%s %s answers %i', async (method, path, status, action, route, id) => {
    app = await builder().start();
    const answer = await app.send(method, `${path}?a=1&a=2&password=x`, method === 'DELETE' ? {} : { body: { a: 1 } });
    expect(answer.status).toBe(status);
    const event = await app.event();
    expect(event).toMatchObject({
      action,
      outcome: 'success',
      severity: 'success',
      actor: { type: 'anonymous' },
      http: { method, path, route, status },
      resource: id === undefined ? { type: 'thing' } : { type: 'thing', id },
      client: { ip: '127.0.0.1' },
    });
    expect(event.request.query).toEqual({ a: ['1', '2'], password: HIDDEN });
    expect(event.context?.requestId).toBe(answer.headers['x-request-id']);
    expect(event.http?.durationMs).toBeGreaterThan(0);
    expect(event.reason).toBeUndefined();
    if (method !== 'DELETE') expect(event.request.body).toEqual({ a: 1 });
    expect(app.failures).toEqual([]);
  });

  it('has an interceptor only where it is needed', async () => {
    app = await builder().start();
    expect(app.nest.get(CaptureRuntime).hasInterceptor).toBe(setting === 'with interceptors');
  });

  it('leaves reads alone, but for those that are refused or asked for', async () => {
    app = await builder().start();
    expect((await app.send('GET', '/api/things/1')).status).toBe(200);
    expect(await app.events()).toEqual([]);
    expect((await app.send('GET', '/api/things/guarded/read')).status).toBe(401);
    expect(await app.event()).toMatchObject({
      action: 'thing.read',
      outcome: 'denied',
      severity: 'warning',
      reason: { code: 'unauthenticated' },
      http: { method: 'GET', route: '/api/things/guarded/read', status: 401 },
    });
  });

  it('a redirect', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/moved')).status).toBe(302);
    expect(await app.event()).toMatchObject({ outcome: 'success', severity: 'info', http: { status: 302 } });
  });

  it.each([
    [undefined, 401, 'unauthenticated'],
    ['mallory', 403, 'forbidden'],
  ])('a guard that refuses %s with %i', async (user, status, code) => {
    app = await builder().start();
    const answer = await app.send('POST', '/api/things/guarded', {
      headers: user === undefined ? {} : { 'x-user': user },
      body: { amount: 3 },
    });
    expect(answer.status).toBe(status);
    expect(await app.event()).toMatchObject({
      action: 'thing.create',
      outcome: 'denied',
      severity: 'warning',
      reason: { code },
      actor: { type: 'anonymous' },
      http: { status, route: '/api/things/guarded' },
      request: { body: { amount: 3 } },
      error: { class: status === 401 ? 'UnauthorizedException' : 'ForbiddenException' },
    });
  });

  it('a guard that lets somebody through names the actor', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/guarded', { headers: { 'x-user': 'ann' } })).status).toBe(201);
    expect(await app.event()).toMatchObject({
      outcome: 'success',
      actor: { type: 'user', id: 'ann', roles: ['clerk'] },
      client: { email: 'ann@example.org' },
    });
  });

  it('a guard that throttles denies', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/throttled')).status).toBe(429);
    expect(await app.event()).toMatchObject({
      outcome: 'denied',
      reason: { code: 'rate_limited' },
      http: { status: 429 },
    });
  });

  it('a middleware that throttles denies', async () => {
    app = await builder()
      .configure((nest) =>
        nest.use((_request: unknown, response: any) => {
          response.statusCode = 429;
          response.end();
        }),
      )
      .start();
    expect((await app.send('POST', '/api/things')).status).toBe(429);
    expect(await app.event()).toMatchObject({
      action: 'thing.create',
      outcome: 'denied',
      reason: { code: 'rate_limited' },
    });
  });

  it('a pipe that refuses', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/numbers/four')).status).toBe(400);
    expect(await app.event()).toMatchObject({
      outcome: 'failure',
      severity: 'warning',
      reason: { code: 'invalid' },
      error: { class: 'BadRequestException' },
      http: { status: 400, route: '/api/things/numbers/:number' },
    });
  });

  it('a body that does not validate', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/validated', { body: { name: 3 } })).status).toBe(400);
    expect(await app.event()).toMatchObject({
      outcome: 'failure',
      reason: { code: 'invalid' },
      error: {
        class: 'BadRequestException',
        message: 'name must be a string; size must be an integer number',
      },
      request: { body: { name: 3 } },
    });
  });

  it.each(['/api/nowhere', '/nowhere'])('a path that leads nowhere: %s', async (path) => {
    app = await builder().start();
    expect((await app.send('POST', path)).status).toBe(404);
    const event = await app.event();
    expect(event).toMatchObject({
      action: 'http.post',
      outcome: 'failure',
      reason: { code: 'not_found' },
      http: { path, status: 404 },
    });
    expect(event.http).not.toHaveProperty('route');
    expect(event).not.toHaveProperty('resource');
  });

  it('malformed JSON', async () => {
    app = await builder().start();
    const answer = await app.send('POST', '/api/things/guarded', {
      headers: { 'content-type': 'application/json' },
      body: '{"a":',
    });
    expect(answer.status).toBe(400);
    expect(await app.event()).toMatchObject({
      action: 'thing.create',
      outcome: 'failure',
      reason: { code: 'invalid' },
      http: { status: 400, route: '/api/things/guarded' },
    });
  });

  it('a body over the limit', async () => {
    app = await builder().adapter({ bodyLimit: 100_000 }).start();
    const answer = await app.send('POST', '/api/things', { body: { a: 'x'.repeat(200_000) } });
    expect(answer.status).toBe(413);
    expect(await app.event()).toMatchObject({
      action: 'thing.create',
      outcome: 'failure',
      reason: { code: 'too_large' },
      http: { status: 413 },
    });
  });

  it('a path that cannot be decoded', async () => {
    app = await builder().start();
    const client = await app.raw();
    const answer = await client
      .send('DELETE /api/things/%E0%A4%A HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
      .rest();
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(await app.event()).toMatchObject({
      outcome: 'failure',
      reason: { code: 'invalid' },
      http: { method: 'DELETE', status: 400 },
    });
  });

  it('an answer that an early middleware gives', async () => {
    app = await builder()
      .configure((nest) =>
        nest.use((request: any, response: any, next: () => void) => {
          if (request.headers['x-early'] === undefined) return next();
          response.statusCode = 201;
          response.end('early');
        }),
      )
      .start();
    const answer = await app.send('POST', '/api/things', { headers: { 'x-early': '1' } });
    expect([answer.status, answer.text]).toEqual([201, 'early']);
    expect(await app.event()).toMatchObject({ action: 'http.post', outcome: 'success', http: { status: 201 } });
  });

  it('a preflight, if OPTIONS is asked for', async () => {
    app = await builder()
      .audit({ http: { methods: ['OPTIONS'] } })
      .configure((nest) => nest.enableCors())
      .start();
    const answer = await app.send('OPTIONS', '/api/things', {
      headers: { origin: 'https://example.org', 'access-control-request-method': 'POST' },
    });
    expect(answer.status).toBe(204);
    expect(await app.event()).toMatchObject({ action: 'http.options', outcome: 'success', http: { status: 204 } });
  });

  it('a preflight is nothing by default', async () => {
    app = await builder()
      .configure((nest) => nest.enableCors())
      .start();
    await app.send('OPTIONS', '/api/things', {
      headers: { origin: 'https://example.org', 'access-control-request-method': 'POST' },
    });
    expect(await app.events()).toEqual([]);
  });

  it.each(['HEAD', 'OPTIONS'])('%s by choice', async (method) => {
    app = await builder()
      .audit({ http: { methods: [method] } })
      .start();
    expect((await app.send(method, '/api/things/probe')).status).toBe(200);
    expect(await app.event()).toMatchObject({ http: { method, route: '/api/things/probe', status: 200 } });
  });

  it('a handler that throws', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/failing')).status).toBe(500);
    expect(await app.event()).toMatchObject({
      outcome: 'failure',
      severity: 'error',
      reason: { code: 'error' },
      error: { class: 'TypeError', message: 'the disk is on fire' },
      http: { status: 500 },
    });
  });

  it('a handler that forbids', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/forbidding')).status).toBe(403);
    expect(await app.event()).toMatchObject({
      outcome: 'denied',
      reason: { code: 'forbidden' },
      error: { class: 'ForbiddenException', message: 'not yours' },
    });
  });

  it.each([
    ['by-hand', 202, '{"by":"hand"}'],
    ['by-hand-raw', 203, 'one two'],
  ])('a handler that answers %s', async (path, status, text) => {
    app = await builder().start();
    const answer = await app.send('POST', `/api/things/${path}`);
    expect([answer.status, answer.text]).toEqual([status, text]);
    expect(await app.event()).toMatchObject({ outcome: 'success', http: { status, route: `/api/things/${path}` } });
  });

  it('a handler that times out', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/late')).status).toBe(408);
    expect(await app.event()).toMatchObject({
      outcome: 'failure',
      reason: { code: 'timeout' },
      error: { class: 'RequestTimeoutException' },
      http: { status: 408 },
    });
  });

  it('a stream of events', async () => {
    app = await builder().start();
    const answer = await app.send('GET', '/api/things/stream');
    expect(answer.text).toContain('data: c');
    expect(await app.event()).toMatchObject({
      action: 'thing.read',
      outcome: 'success',
      http: { status: 200, route: '/api/things/stream' },
    });
  });

  it('a file', async () => {
    app = await builder().start();
    expect((await app.send('GET', '/api/things/file')).text).toBe('some bytes');
    expect(await app.event()).toMatchObject({ outcome: 'success', http: { status: 200, route: '/api/things/file' } });
  });

  it('an observable', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/observable')).json).toEqual({ step: 2 });
    expect(await app.event()).toMatchObject({ outcome: 'success', http: { status: 201 } });
  });

  it('what is skipped, refusals included', async () => {
    app = await builder().start();
    expect((await app.send('POST', '/api/things/skipped')).status).toBe(201);
    expect((await app.send('POST', '/api/things/skipped/forbidden')).status).toBe(403);
    expect(await app.events()).toEqual([]);
  });

  it('a connection that is used again', async () => {
    app = await builder().start();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (const id of ['1', '2', '3']) await app.send('PUT', `/api/things/${id}`, { agent });
    agent.destroy();
    expect((await app.events()).map((event) => event.resource?.id)).toEqual(['1', '2', '3']);
  });

  it('requests sent in one go', async () => {
    app = await builder().start();
    const client = await app.raw();
    const requests = ['1', '2', '3'].map((id) => `PUT /api/things/${id} HTTP/1.1\r\nhost: x\r\n\r\n`);
    client.send(requests.join(''));
    await client.until((text) => text.split('HTTP/1.1 200').length === 4);
    client.abort();
    expect((await app.events()).map((event) => event.resource?.id)).toEqual(['1', '2', '3']);
  });

  it('a request that waits in the queue of a connection that breaks', async () => {
    app = await builder().start();
    const client = await app.raw();
    client.send('POST /api/things/slow HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    client.send('PUT /api/things/2 HTTP/1.1\r\nhost: x\r\n\r\n');
    await app.nest.get(Gates).entered('slow');
    client.abort();
    await app.whenDisconnected();
    app.nest.get(Gates).open('slow');
    const events = await app.events();
    expect(events.map((event) => [event.http?.route, event.http?.aborted])).toEqual(
      expect.arrayContaining([
        ['/api/things/slow', true],
        ['/api/things/:id', true],
      ]),
    );
    expect(events).toHaveLength(2);
  });

  it.each([
    ['slow', { outcome: 'success' }],
    ['slow-failing', { outcome: 'failure', error: { class: 'TypeError', message: 'too late' } }],
  ])('a client that leaves before the answer of %s', async (path, expected) => {
    app = await builder().start();
    const client = await app.raw();
    client.send(`POST /api/things/${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`);
    await app.nest.get(Gates).entered(path);
    client.abort();
    await app.whenDisconnected();
    app.nest.get(Gates).open(path);
    const event = await app.event();
    expect(event).toMatchObject({ ...expected, http: { aborted: true, route: `/api/things/${path}` } });
    expect(event.http).not.toHaveProperty('status');
  });

  it.each(['stream/endless', 'file/endless'])('a client that leaves in the middle of %s', async (path) => {
    app = await builder().start();
    const client = await app.raw();
    client.send(`GET /api/things/${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await client.until((text) => text.split('\r\n\r\n')[1]?.length > 20);
    client.abort();
    const event = await app.event();
    expect(event).toMatchObject({ outcome: 'success', http: { aborted: true, route: `/api/things/${path}` } });
    expect(event.http).not.toHaveProperty('status');
  });

  it('a client that leaves while it sends its body', async () => {
    app = await builder().start();
    const client = await app.raw();
    const received = app.nextRequest();
    client.send(
      'POST /api/things HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a":',
    );
    await received;
    client.abort();
    expect(await app.event()).toMatchObject({
      action: 'thing.create',
      outcome: 'failure',
      http: { method: 'POST', aborted: true },
    });
  });

  it('a request without a host, which Node itself refuses', async () => {
    app = await builder().start();
    const client = await app.raw();
    const answer = await client.send('POST /api/things HTTP/1.1\r\ncontent-length: 0\r\n\r\n').rest();
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(await app.event()).toMatchObject({ outcome: 'failure', http: { method: 'POST', status: 400 } });
  });

  it('bytes that are no request', async () => {
    app = await builder().start();
    const client = await app.raw();
    const answer = await client.send('\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n').rest();
    expect(answer).toMatch(/^HTTP\/1.1 400/);
    expect(await app.event()).toMatchObject({
      action: 'http.malformed',
      outcome: 'failure',
      severity: 'warning',
      actor: { type: 'anonymous' },
      reason: { code: 'malformed' },
      client: { ip: '127.0.0.1' },
    });
  });
});
