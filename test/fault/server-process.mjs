// A small NestJS server with the trail, to be killed: `node server-process.mjs '<module options as JSON>'`. Says its port.
import 'reflect-metadata';
import { Controller, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuditModule } from '../../dist/esm/index.js';

class ThingsController {
  create() {
    return { ok: true };
  }
}
Post()(ThingsController.prototype, 'create', Object.getOwnPropertyDescriptor(ThingsController.prototype, 'create'));
Controller('things')(ThingsController);

class AppModule {}
Module({ imports: [AuditModule.forRoot(JSON.parse(process.argv[2]))], controllers: [ThingsController] })(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
process.send({ port: app.getHttpServer().address().port });
process.on('message', async (message) => {
  if (message !== 'stop') return;
  await app.close();
  process.exit(0);
});
