// One variant of the same application: `node server.mjs <bare|pino|sqlite|postgres|memory> [place]`. Prints its port.
import 'reflect-metadata';
import { createSecretKey } from 'node:crypto';
import { createRequire } from 'node:module';
import { Body, Controller, Module, Post } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import jwt from 'jsonwebtoken';

const require = createRequire(import.meta.url);
const [variant, place] = process.argv.slice(2);
const KEY = createSecretKey(Buffer.from('bench-secret-bench-secret-bench-secret'));

/** Authentication is the application's own and in every variant: the trail takes the caller from `request.user`. */
class AuthGuard {
  canActivate(context) {
    const request = context.switchToHttp().getRequest();
    request.user = jwt.verify(request.headers.authorization.slice(7), KEY, { algorithms: ['HS256'] });
    request.tenant = { id: 't_1', slug: 'acme' };
    return true;
  }
}

class InvoicesController {
  create(body) {
    return { id: 'inv_1', number: body.number };
  }
}
Post(':id')(
  InvoicesController.prototype,
  'create',
  Object.getOwnPropertyDescriptor(InvoicesController.prototype, 'create'),
);
Body()(InvoicesController.prototype, 'create', 0);
Controller('invoices')(InvoicesController);

const imports = [];
if (['sqlite', 'postgres', 'memory'].includes(variant)) {
  const { AuditModule } = await import('nestjs-audit-trail');
  const storage =
    variant === 'sqlite'
      ? { type: 'sqlite', path: place }
      : variant === 'postgres'
        ? { type: 'postgres', url: place, migrate: true }
        : { type: 'memory' };
  imports.push(AuditModule.forRoot({ service: { name: 'bench' }, storage, queue: { maxEvents: 100_000 } }));
}

class AppModule {}
Module({
  imports,
  controllers: [InvoicesController],
  providers: [{ provide: APP_GUARD, useClass: AuthGuard }],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
if (variant === 'pino') {
  const pino = require('pino');
  app.use(require('pino-http')({ logger: pino(pino.destination({ dest: place, sync: false, minLength: 4096 })) }));
}
await app.listen(0, '127.0.0.1');
process.send?.({ port: app.getHttpServer().address().port });
process.on('message', async (message) => {
  if (message === 'stats') {
    const { AuditService } = await import('nestjs-audit-trail');
    const audit = app.get(AuditService, { strict: false });
    await audit.whenIdle();
    process.send({ stats: audit.stats(), memory: process.memoryUsage() });
  }
  if (message === 'stop') {
    await app.close();
    process.exit(0);
  }
});
