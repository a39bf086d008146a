import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { AuditService } from 'nestjs-audit-trail';
import { leafHash } from 'nestjs-audit-trail/proofs';
import { AppModule } from '../src/app.module.js';

describe('an application with the audit trail', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication();
    await app.listen(0);
  });
  afterAll(() => app.close());

  it('records a request', async () => {
    const { port } = app.getHttpServer().address() as AddressInfo;
    const response = await fetch(`http://127.0.0.1:${port}/invoices`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"amount":12}',
    });
    expect(response.status).toBe(201);
    const audit = app.get(AuditService, { strict: false });
    await audit.whenIdle();
    const { items: entries } = await audit.find({ action: 'invoice.create' });
    expect(entries.length).toBeGreaterThan(0);
    expect(await audit.verify()).toMatchObject({ valid: true });
  });

  it('proves without Nest', () => {
    expect(Buffer.from(leafHash(new Uint8Array())).toString('hex')).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });
});
