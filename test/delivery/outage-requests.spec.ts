import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ImmutableLogSink } from '../../lib/delivery/immutable-log/immutable-log.sink.js';
import { AuditModule, AuditService } from '../../lib/index.js';
import { FaultHttpServer } from '../support/delivery/fault-http-server.js';
import { ImmutableLogServer } from '../support/delivery/immutable-log-server.js';

const REQUESTS = 1000;
const AT_A_TIME = 20;

@Controller('invoices')
class InvoicesController {
  @Post(':id')
  create(): { ok: true } {
    return { ok: true };
  }
}

/** An application whose sealed events go to a remote. */
async function boot(path: string, url: string, apiKey: string) {
  const sink = new ImmutableLogSink({ url, apiKey, concurrency: 8, retry: { maxMs: 1000 } }, {});
  @Module({
    imports: [AuditModule.forRoot({ storage: { type: 'sqlite', path }, delivery: { mode: 'hybrid', sinks: [sink] } })],
    controllers: [InvoicesController],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  await app.listen(0, '127.0.0.1');
  const { port } = (app.getHttpServer() as { address(): AddressInfo }).address();
  return { app, audit: app.get(AuditService), port };
}

/** Real requests over real sockets. @returns their statuses */
async function send(port: number, count: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_A_TIME });
  const one = (id: number): Promise<number> =>
    new Promise((resolve, reject) => {
      request({ host: '127.0.0.1', port, method: 'POST', path: `/invoices/inv_${id}`, agent }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode ?? 0));
      })
        .on('error', reject)
        .end();
    });
  const statuses = await Promise.all(Array.from({ length: count }, (_, id) => one(id)));
  agent.destroy();
  return statuses;
}

describe.each(['refuses', 'hangs'])('requests while the remote %s', (how) => {
  const folder = mkdtempSync(join(tmpdir(), 'audit-outage-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it(`are answered all the same: ${REQUESTS} of them, and their events arrive when it is back, each once`, async () => {
    const remote = new ImmutableLogServer();
    const server = await FaultHttpServer.start((one) => remote.handle(one));
    if (how === 'hangs') server.fault = 'hang';
    else await server.down();
    const { app, audit, port } = await boot(join(folder, 'audit.sqlite'), server.url, remote.apiKey);

    expect(new Set(await send(port, REQUESTS))).toEqual(new Set([201]));
    await audit.whenIdle();
    expect(audit.stats()).toMatchObject({ sealed: REQUESTS + 1, lost: 0 });
    expect(remote.kept).toEqual([]);

    server.fault = null;
    await server.up(); // and cuts what hangs
    const size = REQUESTS + 1; // and `audit.started`
    // The first may still be the call that hung.
    for (let flushed = 0; flushed < size;) {
      const result = await audit.flushPending();
      expect(result.failed).toBe(0);
      flushed += result.flushed;
    }
    expect(remote.kept).toHaveLength(size);
    expect(new Set(remote.kept.map(({ idempotencyKey }) => idempotencyKey)).size).toBe(size);
    await app.close();
    await server.down();
  }, 90_000);
});
