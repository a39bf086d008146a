import { Readable } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  BadRequestException,
  Controller,
  ForbiddenException,
  Get,
  Header,
  Post,
  Redirect,
  Res,
  Sse,
  StreamableFile,
} from '@nestjs/common';
import type { CanActivate } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { of } from 'rxjs';
import { Audit } from '../../lib/capture/decorators/audit.decorator.js';
import { AuditApplication } from '../harness/audit-application.js';
import type { AuditApplicationBuilder } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';
import { Deferred } from './fixtures/deferred.js';

class OwnGuard implements CanActivate {
  canActivate(context: any): boolean {
    return context.switchToHttp().getRequest().headers['x-refuse'] === undefined;
  }
}

abstract class Routes {
  @Post('plain')
  @Header('x-invoice', '17')
  plain(): unknown {
    return { ok: true };
  }

  @Post('failing')
  failing(): never {
    throw new TypeError('no');
  }

  @Post('rejecting')
  rejecting(): never {
    throw new BadRequestException('wrong');
  }

  @Post('moved')
  @Redirect('/elsewhere', 303)
  moved(): void {}

  @Post('by-hand')
  byHand(@Res() response: any): void {
    if (typeof response.code === 'function') response.code(202).header('set-cookie', 'a=b').send({ by: 'hand' });
    else response.status(202).cookie('a', 'b').json({ by: 'hand' });
  }

  @Post('raw')
  raw(@Res() response: any): void {
    const raw = response.raw ?? response;
    if (typeof response.hijack === 'function') response.hijack();
    raw.setHeader('x-a', '1');
    raw.writeHead(203, 'Odd', { 'x-odd': 'yes' });
    const accepted: boolean[] = [raw.headersSent, raw.write('one ')];
    raw.write('two ');
    raw.end(`sent:${accepted[0]}`);
  }

  @Post('twice')
  twice(@Res() response: any): never {
    if (typeof response.code === 'function') response.code(200).send({ first: true });
    else response.status(200).json({ first: true });
    throw new ForbiddenException('after the answer');
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(
      Readable.from(Array.from({ length: 64 }, (_, at) => Buffer.alloc(16_384, 97 + (at % 26)))),
    );
  }

  @Sse('events')
  events(): unknown {
    return of({ data: 'a' }, { data: 'b' });
  }
}

@Controller('block')
@Audit({ durability: 'block' })
class BlockController extends Routes {}

@Controller('strict')
@Audit({ durability: 'strict' })
class StrictController extends Routes {}

@Controller('free')
@Audit()
class FreeController extends Routes {}

const CASES: [string, string, number][] = [
  ['POST', 'plain', 201],
  ['POST', 'failing', 500],
  ['POST', 'rejecting', 400],
  ['POST', 'moved', 303],
  ['POST', 'by-hand', 202],
  ['POST', 'raw', 203],
  ['POST', 'twice', 200],
  ['GET', 'file', 200],
  ['GET', 'events', 200],
];

describe.each(PLATFORMS)('answers that wait, on %s', (platform) => {
  let app: AuditApplication;
  afterEach(() => app.stop());

  function builder(): AuditApplicationBuilder {
    return AuditApplication.on(platform)
      .controllers(BlockController, StrictController, FreeController)
      .providers({ provide: APP_GUARD, useClass: OwnGuard })
      .configure((nest) => nest.enableCors());
  }

  describe.each(['block', 'strict'])('%s', (mode) => {
    it.each(CASES)('%s %s: nothing leaves before the event is sealed', async (method, path, status) => {
      app = await builder().start();
      const sealing = new Deferred();
      const asked = new Deferred();
      app.sealing(() => {
        asked.resolve();
        return sealing.promise;
      });
      const client = await app.raw();
      client.send(`${method} /${mode}/${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`);
      await asked.promise;
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(client.text).toBe('');
      sealing.resolve();
      expect(await client.answer()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(await app.event()).toMatchObject({ http: { status, route: `/${mode}/${path}` } });
    });

    it.each(CASES)('%s %s: the answer is the same as without waiting', async (method, path) => {
      app = await builder().start();
      const request = (base: string): string =>
        `${method} /${base}/${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`;
      const held = await (await app.raw()).send(request(mode)).answer();
      const free = await (await app.raw()).send(request('free')).answer();
      expect(comparable(held)).toBe(comparable(free));
      expect(await app.events()).toHaveLength(2);
    });

    it.each([
      ['a guard refuses', { 'x-refuse': '1' }, '', 403, 'denied'],
      ['the body is malformed', { 'content-type': 'application/json' }, '{"a":', 400, 'failure'],
    ])('%s', async (_case, headers, body, status, outcome) => {
      app = await builder().start();
      const sealing = new Deferred();
      const asked = new Deferred();
      app.sealing(() => {
        asked.resolve();
        return sealing.promise;
      });
      const client = await app.raw();
      const lines = Object.entries({ ...headers, 'content-length': body.length }).map(
        ([name, value]) => `${name}: ${value}\r\n`,
      );
      client.send(`POST /${mode}/plain HTTP/1.1\r\nhost: x\r\nconnection: close\r\n${lines.join('')}\r\n${body}`);
      await asked.promise;
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(client.text).toBe('');
      sealing.resolve();
      expect(await client.answer()).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
      expect(await app.event()).toMatchObject({ outcome, http: { status, route: `/${mode}/plain` } });
    });

    it('records a client that leaves before there is an answer', async () => {
      app = await builder().start();
      const received = app.nextRequest();
      const client = await app.raw();
      client.send(
        `POST /${mode}/plain HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{`,
      );
      await received;
      client.abort();
      expect(await app.event()).toMatchObject({ outcome: 'failure', http: { aborted: true } });
    });

    it('does not mind a client that leaves while the event is sealed', async () => {
      app = await builder().start();
      const sealing = new Deferred();
      const asked = new Deferred();
      app.sealing(() => {
        asked.resolve();
        return sealing.promise;
      });
      const client = await app.raw();
      client.send(`GET /${mode}/file HTTP/1.1\r\nhost: x\r\n\r\n`);
      await asked.promise;
      client.abort();
      await app.whenDisconnected();
      sealing.resolve();
      expect(await app.event()).toMatchObject({ outcome: 'success', http: { status: 200 } });
      expect(app.failures).toEqual([]);
    });
  });

  it.each(CASES)(
    'block, %s %s: the answer goes out although the event cannot be sealed',
    async (method, path, status) => {
      app = await builder().start();
      app.sealing(() => Promise.reject(new Error('database is away')));
      expect((await app.send(method, `/block/${path}`)).status).toBe(status);
      await app.whenSettled();
      expect(app.failures).toMatchObject([{ error: { name: 'SealTimeoutError' }, where: 'seal' }]);
      expect(await app.event()).toMatchObject({ http: { status, route: `/block/${path}` } });
    },
  );

  it.each(CASES)('strict, %s %s: a 503 takes the answer’s place', async (method, path, status) => {
    app = await builder().start();
    app.sealing(() => Promise.reject(new Error('database is away')));
    const answer = await app.send(method, `/strict/${path}`, { headers: { origin: 'https://example.org' } });
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ statusCode: 503, error: 'Service Unavailable' });
    expect(answer.headers).not.toHaveProperty('x-invoice');
    expect(answer.headers).not.toHaveProperty('set-cookie');
    expect(answer.headers).not.toHaveProperty('location');
    expect(answer.headers).not.toHaveProperty('x-odd');
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8');
    expect(answer.headers['x-request-id']).toBeDefined();
    expect(answer.headers['access-control-allow-origin']).toBe('*');
    const event = await app.event();
    expect(event).toMatchObject({
      outcome: 'failure',
      severity: 'error',
      reason: { code: 'audit_unavailable' },
      http: { status: 503, route: `/strict/${path}` },
      metadata: { withheld: { status } },
    });
    expect(app.failures).toHaveLength(1);
  });

  it('strict for all: what leads nowhere waits too, what is not recorded does not', async () => {
    app = await builder().audit({ durability: 'strict' }).start();
    app.sealing(() => Promise.reject(new Error('database is away')));
    expect((await app.send('POST', '/nowhere')).status).toBe(503);
    expect((await app.send('GET', '/nowhere')).status).toBe(404);
    expect((await app.send('GET', '/free/file')).status).toBe(503);
  });

  it('answers of other routes are not touched', async () => {
    app = await builder().start();
    const seen: unknown[] = [];
    app.nest.getHttpServer().prependListener('request', (_request: unknown, response: object) => {
      seen.push(Object.hasOwn(response, 'end'));
    });
    await app.send('POST', '/free/plain');
    await app.send('POST', '/strict/plain');
    expect(seen).toEqual([false, true]);
  });

  it('a connection is used again after a 503', async () => {
    app = await builder().start();
    let away = true;
    app.sealing(() => (away ? Promise.reject(new Error('away')) : Promise.resolve()));
    const client = await app.raw();
    client.send('POST /strict/plain HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    await client.until((text) => text.includes('withheld'));
    away = false;
    client.send('POST /strict/plain HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n');
    await client.until((text) => text.includes('HTTP/1.1 201'));
    client.abort();
    expect((await app.events()).map(({ http }) => http?.status)).toEqual([503, 201]);
  });

  it('a tenant that is required and missing', async () => {
    app = await builder()
      .audit({ tenant: { required: true } })
      .start();
    expect((await app.send('POST', '/strict/plain')).status).toBe(503);
    expect((await app.send('POST', '/block/plain')).status).toBe(201);
    expect((await app.send('POST', '/free/plain')).status).toBe(201);
    expect((await app.send('POST', '/strict/plain', { headers: { 'x-refuse': '1' } })).status).toBe(403);
    const events = await app.events();
    expect(events.map(({ outcome, reason, flags }) => [outcome, reason?.code, flags])).toEqual([
      ['failure', 'tenant_missing', ['degraded']],
      ['success', 'tenant_missing', ['degraded']],
      ['success', 'tenant_missing', ['degraded']],
      ['denied', 'forbidden', undefined],
    ]);
    expect(app.failures.map(({ error }) => (error as Error).name)).toEqual(Array(3).fill('TenantMissingError'));
  });
});

/** The bytes of an answer, but for what differs between any two answers. */
function comparable(answer: string): string {
  return answer
    .replace(/^date: .*\r\n/im, '')
    .replace(/^x-request-id: .*\r\n/im, '')
    .replace(/"path":"[^"]*"/, '');
}
