import { createServer } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Post } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CaptureRuntime } from '../../lib/capture/capture-runtime.js';
import { Audit } from '../../lib/capture/decorators/audit.decorator.js';
import { AuditApplication } from '../harness/audit-application.js';
import { mountAudit } from '../harness/mount-audit.js';
import { PLATFORMS, createAdapter } from '../harness/platforms.js';
import { Gates } from './fixtures/gates.js';
import { PlainThingsController, ThingsController } from './fixtures/things.controller.js';

@Controller('held')
class HeldController {
  @Post()
  @Audit({ durability: 'strict' })
  strict(): unknown {
    return { ok: true };
  }

  @Get('free')
  free(): unknown {
    return {};
  }
}

describe.each(PLATFORMS)('ways into an application, on %s', (platform) => {
  it('a testing module', async () => {
    const probe = mountAudit({});
    const testing = await Test.createTestingModule({
      imports: [probe.module],
      controllers: [PlainThingsController],
      providers: [Gates],
    }).compile();
    const nest = testing.createNestApplication(createAdapter(platform), { logger: false });
    await nest.listen(0, '127.0.0.1');
    const app = new AuditApplication(nest, probe);
    await app.send('POST', '/things/guarded', { headers: { 'content-type': 'application/json' }, body: '{' });
    await app.send('POST', '/things/guarded');
    expect((await app.events()).map(({ http }) => [http?.route, http?.status])).toEqual([
      ['/things/guarded', 400],
      ['/things/guarded', 401],
    ]);
    await app.stop();
  });

  describe('the end of an application', () => {
    it.each(['slow', 'stream/endless'])('%s is recorded as abandoned, once', async (path) => {
      const app = await AuditApplication.on(platform).controllers(ThingsController).providers(Gates).start();
      const client = await app.raw();
      const gates = app.nest.get(Gates);
      client.send(
        `${path === 'slow' ? 'POST' : 'GET'} /things/${path} HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n`,
      );
      if (path === 'slow') await gates.entered('slow');
      else await client.until((text) => text.includes('data:'));
      const capture = app.nest.get(CaptureRuntime);
      await app.stop();
      for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
      await capture.close();
      expect(await app.event()).toMatchObject({
        outcome: path === 'slow' ? 'failure' : 'success',
        http: { aborted: true, route: `/things/${path}` },
      });
      gates.openAll();
      await new Promise((resolve) => setImmediate(resolve));
      expect(await app.events()).toHaveLength(1);
      client.abort();
    });
  });
});

describe('requests that do not come from the application’s own server', () => {
  it.each(PLATFORMS)('are seen when a foreign server hands them to %s', async (platform) => {
    const app = await AuditApplication.on(platform)
      .controllers(PlainThingsController, HeldController)
      .providers(Gates)
      .start();
    const instance = app.nest.getHttpAdapter().getInstance();
    const foreign = createServer(
      platform === 'express' ? instance : (request, response) => instance.routing(request, response),
    );
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
    const answer = await fetch(`${url}/things/t1`, { method: 'PUT' });
    expect(answer.status).toBe(200);
    await answer.text();
    app.sealing(() => Promise.reject(new Error('away')));
    expect((await fetch(`${url}/held`, { method: 'POST' })).status).toBe(503);
    expect((await app.events()).map(({ action, http }) => [action, http?.status])).toEqual([
      ['thing.update', 200],
      ['held.create', 503],
    ]);
    foreign.closeAllConnections();
    foreign.close();
    await app.stop();
  });
});

describe('HTTP/2', () => {
  let app: AuditApplication;
  afterEach(() => app.stop());

  function request(method: string, path: string): Promise<{ status: number; text: string }> {
    return new Promise((resolve, reject) => {
      const session = connectHttp2(`http://127.0.0.1:${app.port}`);
      session.on('error', reject);
      const stream = session.request({ ':method': method, ':path': path });
      let status = 0;
      let text = '';
      stream.on('response', (headers) => (status = Number(headers[':status'])));
      stream.setEncoding('utf8');
      stream.on('data', (chunk: string) => (text += chunk));
      stream.on('error', reject);
      stream.on('end', () => {
        session.close();
        resolve({ status, text });
      });
      stream.end();
    });
  }

  it('is recorded like HTTP/1, and answers wait as well', async () => {
    app = await AuditApplication.on('fastify')
      .adapter({ http2: true })
      .controllers(PlainThingsController, HeldController)
      .providers(Gates)
      .start();
    expect(await request('PUT', '/things/t1')).toEqual({ status: 200, text: '{"id":"t1"}' });
    expect(await request('POST', '/held')).toEqual({ status: 201, text: '{"ok":true}' });
    app.sealing(() => Promise.reject(new Error('away')));
    expect((await request('POST', '/held')).status).toBe(503);
    expect((await app.events()).map(({ http }) => [http?.route, http?.status])).toEqual([
      ['/things/:id', 200],
      ['/held', 201],
      ['/held', 503],
    ]);
  });
});
