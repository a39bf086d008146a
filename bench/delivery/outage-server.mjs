// The application of the outage bench: `node --expose-gc outage-server.mjs <local|hybrid> <path> <url of the remote>`.
import 'reflect-metadata';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditService } from 'nestjs-audit-trail';
import { ImmutableLogSink } from '../../dist/esm/delivery/immutable-log/immutable-log.sink.js';

const [mode, path, url] = process.argv.slice(2);

class InvoicesController {
  create(body) {
    return { id: 'inv_1', number: body.number };
  }
}
const create = Object.getOwnPropertyDescriptor(InvoicesController.prototype, 'create');
Post(':id')(InvoicesController.prototype, 'create', create);
Body()(InvoicesController.prototype, 'create', 0);
Controller('invoices')(InvoicesController);

const sink = new ImmutableLogSink({ url, apiKey: 'iml_live_bench', retry: { maxMs: 2000 } }, {});
const delivery = mode === 'local' ? { mode } : { mode, sinks: [sink] };
class AppModule {}
Module({
  imports: [
    AuditModule.forRoot({
      service: { name: 'bench' },
      storage: { type: 'sqlite', path },
      queue: { maxEvents: 100_000 },
      delivery,
    }),
  ],
  controllers: [InvoicesController],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: false });
await app.listen(0, '127.0.0.1');
const audit = app.get(AuditService, { strict: false });
let peak = 0;
setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 50).unref();

const answers = {
  async sealed() {
    await audit.whenIdle();
    gc();
    return { stats: audit.stats(), heapUsed: process.memoryUsage().heapUsed, peakRss: peak };
  },
  flush: () => audit.flushPending(undefined, { timeoutMs: 120_000 }),
  async stop() {
    await app.close();
    setImmediate(() => process.exit(0));
  },
};
process.on('message', async (question) => process.send({ answer: (await answers[question]()) ?? null }));
process.send({ port: app.getHttpServer().address().port });
