import 'reflect-metadata';
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { NestFactory } from '@nestjs/core';
import { AuditService } from 'nestjs-audit-trail';
import type { AuditEntry } from 'nestjs-audit-trail';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
  await app.listen(0);
  const { port } = app.getHttpServer().address() as AddressInfo;
  const response = await fetch(`http://127.0.0.1:${port}/invoices`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ amount: 12, password: 'sesame' }),
  });
  assert.equal(response.status, 201);
  assert.deepEqual(await response.json(), { id: 'inv_1', amount: 12 });

  const audit = app.get(AuditService, { strict: false });
  await audit.whenIdle();
  const { items: entries }: { items: readonly AuditEntry[] } = await audit.find({ action: 'invoice.create' });
  assert.equal(entries.length, 1);
  assert.equal(entries[0].record.http?.status, 201);
  assert.ok(!JSON.stringify(entries).includes('sesame'));
  const result = await audit.verify();
  assert.deepEqual([result.valid, result.totalEvents >= 2], [true, true], JSON.stringify(result));
  await app.close();
  console.log(`sealed and verified ${result.totalEvents} events`);
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
