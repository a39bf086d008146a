// An application with the trail that delivers to a webhook: `node delivering-application.mjs '<storage>' '<sink>'`, both JSON.
// Told { log: n } it logs n events and says their ids; told 'stop' it closes.
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule, AuditService, WebhookSink } from '../../dist/esm/index.js';

const [storage, sink] = process.argv.slice(2).map((json) => JSON.parse(json));

class AppModule {}
Module({
  imports: [
    AuditModule.forRoot({
      service: { name: 'fleet' },
      storage,
      delivery: { mode: 'hybrid', flushEvery: 100, sinks: [new WebhookSink(sink)] },
    }),
  ],
})(AppModule);

const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
const audit = app.get(AuditService);
process.on('message', async (message) => {
  if (message === 'stop') {
    await app.close();
    process.exit(0);
  }
  const events = Array.from({ length: message.log }, (_, n) => ({ action: 'thing.done', metadata: { n } }));
  const receipts = await audit.logMany(events);
  process.send({ ids: receipts.map(({ id }) => id) });
});
process.send('ready');
