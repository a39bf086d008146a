import { EventEmitter } from 'node:events';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, Get, Param, Post, UnauthorizedException } from '@nestjs/common';
import { AuditContext } from '../../lib/capture/context/audit-context.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { AuditApplication } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';

const emitter = new EventEmitter();

@Controller('orders')
class OrdersController {
  constructor(private readonly audit: AuditContext) {}

  @Post()
  async create(@Body() body: { readonly id: string }): Promise<unknown> {
    await new Promise((resolve) => setImmediate(resolve));
    this.audit.annotate({ resource: { type: 'order', id: body.id }, metadata: { first: 1, both: 'a' } });
    await Promise.resolve();
    this.audit.annotate({
      metadata: { second: 2, both: 'b' },
      severity: 'info',
      reason: 'asked for',
      action: 'order.place',
    });
    return { id: body.id };
  }

  @Get('refused-softly')
  refusedSoftly(): unknown {
    this.audit.annotate({ outcome: 'denied', reason: { code: 'quota', text: 'used up' } });
    return { ok: false };
  }

  @Post('manual/:id')
  async manual(@Param('id') id: string): Promise<unknown> {
    const plain = await this.audit.complete({ action: 'manual' });
    const asJob = await this.audit.runAs(
      { actor: { type: 'service', id: 'mailer' }, metadata: { job: 1 } },
      async () => {
        await Promise.resolve();
        this.audit.annotate({ metadata: { fromJob: id } });
        return this.audit.runAs({ tenant: { id: 't9' }, metadata: { step: 2 } }, () =>
          this.audit.complete({ action: 'nested', metadata: { own: true } }),
        );
      },
    );
    return { plain, asJob };
  }

  @Post('counting')
  counting(): unknown {
    const root = this.audit.current()?.root;
    if (root) root.changeCount += 3;
    return {};
  }

  @Post('early')
  early(): unknown {
    return {};
  }

  @Post('failing')
  failing(): never {
    throw new UnauthorizedException();
  }
}

describe.each(PLATFORMS)('the context of a request, on %s', (platform) => {
  let app: AuditApplication;
  afterEach(() => app?.stop());

  async function start(options: AuditModuleOptions = {}): Promise<void> {
    app = await AuditApplication.on(platform)
      .audit(options)
      .controllers(OrdersController)
      .configure((nest) =>
        nest.use((request: any, _response: unknown, next: () => void) => {
          if (request.headers['x-tenant-early']) request.tenant = { tenantId: 'early', tenantSlug: 'e' };
          emitter.emit('middleware', nest.get(AuditContext).current());
          next();
        }),
      )
      .start();
  }

  it('takes annotations', async () => {
    await start();
    await app.send('POST', '/orders', { body: { id: 'o1' } });
    expect(await app.event()).toMatchObject({
      action: 'order.place',
      severity: 'info',
      resource: { type: 'order', id: 'o1' },
      metadata: { first: 1, second: 2, both: 'b', reason: 'asked for' },
    });
  });

  it('records a read that the application itself calls denied', async () => {
    await start();
    expect((await app.send('GET', '/orders/refused-softly')).status).toBe(200);
    expect(await app.event()).toMatchObject({
      outcome: 'denied',
      reason: { code: 'quota' },
      metadata: { reason: 'used up' },
      http: { status: 200 },
    });
  });

  it('is inherited by what the application says itself, and by jobs within', async () => {
    await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const answer = await app.send('POST', '/orders/manual/7', {
      headers: { 'x-request-id': 'req-1', 'x-correlation-id': 'corr-1', traceparent },
    });
    const ids = {
      requestId: 'req-1',
      correlationId: 'corr-1',
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
    };
    expect(answer.json.plain).toMatchObject({ action: 'manual', actor: { type: 'anonymous' }, context: ids });
    expect(answer.json.asJob).toEqual({
      action: 'nested',
      actor: { type: 'service', id: 'mailer' },
      tenant: { id: 't9' },
      context: ids,
      metadata: { job: 1, step: 2, own: true },
    });
    expect(await app.event()).toMatchObject({ context: ids, metadata: { fromJob: '7' } });
  });

  it('counts entity changes', async () => {
    await start();
    await app.send('POST', '/orders/counting');
    expect((await app.event()).http?.changes).toBe(3);
  });

  it('surrounds middleware too', async () => {
    await start();
    const seen = new Promise<any>((resolve) => emitter.once('middleware', resolve));
    await app.send('POST', '/orders/early', { headers: { 'x-request-id': 'abc' } });
    expect((await seen).requestId).toBe('abc');
  });

  it.each([
    ['a b', 'a b'],
    ['x'.repeat(129), 'x'.repeat(129)],
    ['<script>', '<script>'],
  ])('replaces the request id %s', async (sent, claimed) => {
    await start();
    const answer = await app.send('POST', '/orders/early', {
      headers: { 'x-request-id': sent, 'x-correlation-id': sent },
    });
    const { context } = await app.event();
    expect(context?.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(answer.headers['x-request-id']).toBe(context?.requestId);
    expect(context?.claimedRequestId).toBe(claimed);
    expect(context?.correlationId).toBeUndefined();
  });

  it.each([
    '00-00000000000000000000000000000000-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01',
    'ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    '00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01',
    '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-extra',
    'nonsense',
  ])('ignores the trace parent %s', async (traceparent) => {
    await start();
    await app.send('POST', '/orders/early', { headers: { traceparent } });
    const { context } = await app.event();
    expect(context).not.toHaveProperty('traceId');
    expect(context).not.toHaveProperty('spanId');
  });

  it('takes ids from headers of other names and need not echo them', async () => {
    await start({ http: { requestIdHeader: 'x-amzn-trace', correlationIdHeader: 'x-cid', echoRequestId: false } });
    const answer = await app.send('POST', '/orders/early', { headers: { 'x-amzn-trace': 'r1', 'x-cid': 'c1' } });
    expect((await app.event()).context).toMatchObject({ requestId: 'r1', correlationId: 'c1' });
    expect(answer.headers).not.toHaveProperty('x-amzn-trace');
    expect(answer.headers).not.toHaveProperty('x-request-id');
  });

  describe('the tenant', () => {
    it('is what a middleware has put on the request', async () => {
      await start();
      await app.send('POST', '/orders/early', { headers: { 'x-tenant-early': '1' } });
      expect((await app.event()).tenant).toEqual({ id: 'early', slug: 'e' });
    });

    it('comes from a header only if that is asked for', async () => {
      await start();
      await app.send('POST', '/orders/early', { headers: { 'x-tenant': 't1' } });
      expect(await app.event()).not.toHaveProperty('tenant');
      await app.stop();
      await start({ tenant: { header: 'X-Tenant' } });
      await app.send('POST', '/orders/early', { headers: { 'x-tenant': 't1' } });
      expect((await app.event()).tenant).toEqual({ id: 't1' });
    });

    it('is what the application says', async () => {
      await start({
        tenant: { resolve: async ({ request }: any) => ({ id: request.headers.host.slice(0, 9), slug: 'host' }) },
      });
      await app.send('POST', '/orders/early');
      expect((await app.event()).tenant).toEqual({ id: '127.0.0.1', slug: 'host' });
    });

    it('may be required, but not of denied attempts', async () => {
      await start({ tenant: { required: true } });
      expect((await app.send('POST', '/orders/early')).status).toBe(201);
      expect((await app.send('POST', '/orders/failing')).status).toBe(401);
      const [missing, denied] = await app.events();
      expect(missing).toMatchObject({
        outcome: 'success',
        flags: ['degraded'],
        reason: { code: 'tenant_missing' },
        metadata: { tenant: 'missing' },
      });
      expect(denied).toMatchObject({ outcome: 'denied', reason: { code: 'unauthenticated' } });
      expect(denied).not.toHaveProperty('flags');
      expect(app.failures).toHaveLength(1);
    });
  });

  describe('the address', () => {
    const chain = { 'x-forwarded-for': '6.6.6.6, 203.0.113.9:1234, [2001:db8::1]:80' };

    it('is the socket’s, whatever a header claims', async () => {
      await start();
      await app.send('POST', '/orders/early', { headers: { ...chain, 'user-agent': 'tester' } });
      expect((await app.event()).client).toEqual({
        ip: '127.0.0.1',
        userAgent: 'tester',
        forwardedFor: ['6.6.6.6', '203.0.113.9:1234', '[2001:db8::1]:80'],
      });
    });

    it('is the platform’s, as far as it trusts proxies', async () => {
      app = await AuditApplication.on(platform)
        .audit({})
        .controllers(OrdersController)
        .adapter({ trustProxy: '127.0.0.1' })
        .configure((nest) => {
          if (platform === 'express') (nest.getHttpAdapter() as any).set('trust proxy', '127.0.0.1');
        })
        .start();
      await app.send('POST', '/orders/early', { headers: { 'x-forwarded-for': '6.6.6.6, 203.0.113.9' } });
      expect((await app.event()).client).toMatchObject({ ip: '203.0.113.9', socketIp: '127.0.0.1' });
    });
  });
});

describe('the context outside of requests', () => {
  const context = new AuditContext();

  it('is empty', () => {
    expect(context.current()).toBeUndefined();
    expect(context.annotate({ action: 'x' })).toBe(false);
    expect(context.complete({ action: 'x' })).toEqual({ action: 'x' });
  });

  it('is one for all instances and follows asynchronous work', async () => {
    const seen = await new AuditContext().runAs(
      { actor: { type: 'system', id: 'cron' }, correlationId: 'c' },
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 0));
        expect(context.annotate({ action: 'x' })).toBe(false);
        return context.complete({ action: 'job.done' });
      },
    );
    expect(seen).toEqual({
      action: 'job.done',
      actor: { type: 'system', id: 'cron' },
      tenant: undefined,
      context: { correlationId: 'c' },
      metadata: undefined,
    });
    expect(context.current()).toBeUndefined();
  });

  it('lets exceptions through', () => {
    expect(() =>
      context.runAs({}, () => {
        throw new RangeError('own');
      }),
    ).toThrow(RangeError);
  });
});
