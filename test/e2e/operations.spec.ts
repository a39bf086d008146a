import { afterEach, describe, expect, it } from '@jest/globals';
import { Body, Controller, ForbiddenException, Injectable, Post, Req, SetMetadata, UseGuards } from '@nestjs/common';
import type { CanActivate, OnModuleInit } from '@nestjs/common';
import { ExternalContextCreator } from '@nestjs/core';
import jwt from 'jsonwebtoken';
import { from, throwError } from 'rxjs';
import { AuditContext } from '../../lib/capture/context/audit-context.js';
import { Audit } from '../../lib/capture/decorators/audit.decorator.js';
import { SkipAudit } from '../../lib/capture/decorators/skip-audit.decorator.js';
import type { AuditModuleOptions } from '../../lib/config/audit.options.js';
import { AuditApplication } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';

const SECRET = 'a shared secret that is long enough for HS256';

class RefusingGuard implements CanActivate {
  canActivate(): boolean {
    return false;
  }
}

/** Resolvers and message handlers, called through Nest's own guards and interceptors as its packages do. */
@Injectable()
class InvoiceResolver {
  constructor(private readonly audit: AuditContext) {}

  /** What `@Mutation()` leaves on a method; by it an application with GraphQL is recognised. */
  @SetMetadata('graphql:resolver_type', 'Mutation')
  async createInvoice(_root: unknown, args: any): Promise<unknown> {
    await Promise.resolve();
    this.audit.annotate({ metadata: { seen: this.audit.current()?.actor?.id ?? 'nobody' } });
    return { id: 'i1', amount: args.amount, password: 'x' };
  }

  invoices(): unknown {
    return [];
  }

  @Audit({ action: 'invoice.inspect', resource: { type: 'invoice', id: { param: 'id' } }, captureResponse: true })
  invoice(_root: unknown, args: any): unknown {
    return { id: args.id };
  }

  failInvoice(): never {
    throw Object.assign(new Error('no funds'), { extensions: { code: 'BAD_USER_INPUT' } });
  }

  forbidInvoice(): never {
    throw Object.assign(new Error('not yours'), { extensions: { code: 'FORBIDDEN' } });
  }

  @UseGuards(RefusingGuard)
  refusedInvoice(): unknown {
    return {};
  }

  @Audit({ durability: 'strict' })
  strictInvoice(): unknown {
    return { id: 's1' };
  }

  lines(): unknown {
    return [];
  }

  invoiceAdded(): unknown {
    return from([1, 2, 3]);
  }

  sum(numbers: number[]): unknown {
    return from(numbers);
  }

  broken(): unknown {
    return throwError(() => new ForbiddenException('no'));
  }

  @SkipAudit()
  quiet(): unknown {
    return 1;
  }

  chat(): unknown {
    return 'sent';
  }

  @Audit({ action: 'chat.delete' })
  remove(): unknown {
    return 'removed';
  }
}

const ROOTS: Record<string, string> = {
  createInvoice: 'Mutation',
  failInvoice: 'Mutation',
  forbidInvoice: 'Mutation',
  refusedInvoice: 'Mutation',
  strictInvoice: 'Mutation',
  lines: 'Invoice',
};

@Controller('graphql')
class GraphqlController implements OnModuleInit {
  private readonly fields = new Map<string, (...args: any[]) => Promise<unknown>>();

  constructor(
    private readonly creator: ExternalContextCreator,
    private readonly resolver: InvoiceResolver,
  ) {}

  onModuleInit(): void {
    for (const name of Object.getOwnPropertyNames(InvoiceResolver.prototype)) {
      const method = (this.resolver as any)[name];
      if (name === 'constructor') continue;
      for (const type of ['graphql', 'rpc', 'ws', 'unheard-of']) {
        const called = this.creator.create(
          this.resolver as any,
          method,
          name,
          undefined,
          undefined,
          undefined,
          undefined,
          { guards: true, interceptors: true, filters: false },
          type as any,
        );
        this.fields.set(`${type} ${name}`, called as any);
      }
    }
  }

  /** Runs fields one by one, as a server does with mutations, and always answers 200. */
  @Post()
  async execute(@Body() body: any, @Req() request: unknown): Promise<unknown> {
    const data: Record<string, unknown> = {};
    for (const [name, args] of Object.entries(body.fields)) {
      const parent = ROOTS[name] ?? 'Query';
      const info = {
        fieldName: name,
        parentType: { name: parent },
        operation: { operation: parent.toLowerCase(), name: { value: 'Op' } },
      };
      data[name] = await this.call('graphql', name, {}, args, { req: request }, info);
    }
    return { data };
  }

  call(type: string, name: string, ...args: unknown[]): Promise<unknown> {
    const field = this.fields.get(`${type} ${name}`);
    if (field === undefined) throw new Error(`no ${type} ${name}`);
    return field(...args).then(
      (result) => ({ result }),
      (error: unknown) => ({ error: (error as Error).message, status: (error as any).getStatus?.() }),
    );
  }
}

const HIDDEN = { $redacted: 'key:password' };

describe.each(PLATFORMS)('GraphQL, messages and sockets, on %s', (platform) => {
  let app: AuditApplication;
  afterEach(() => app.stop());

  async function start(options: AuditModuleOptions = {}): Promise<GraphqlController> {
    app = await AuditApplication.on(platform)
      .audit({ actor: { jwt: { secret: SECRET, algorithms: ['HS256'] } }, ...options })
      .controllers(GraphqlController)
      .providers(InvoiceResolver)
      .start();
    return app.nest.get(GraphqlController);
  }

  async function graphql(fields: object): Promise<any> {
    const token = jwt.sign({ sub: 'u1' }, SECRET);
    const answer = await app.send('POST', '/graphql', {
      headers: { authorization: `Bearer ${token}`, 'x-request-id': 'r1', 'user-agent': 'tester' },
      body: { fields },
    });
    expect(answer.status).toBe(201);
    return answer.json.data;
  }

  it('each mutation is an event besides that of the request', async () => {
    await start();
    await graphql({ createInvoice: { amount: 3, password: 'hunter2' }, invoices: {}, lines: {} });
    const [mutation, request] = await app.events();
    expect(mutation).toMatchObject({
      action: 'graphql.createInvoice',
      outcome: 'success',
      severity: 'success',
      actor: { type: 'user', id: 'u1' },
      context: { requestId: 'r1' },
      client: { ip: '127.0.0.1', userAgent: 'tester' },
      request: { body: { amount: 3, password: HIDDEN } },
      metadata: { graphqlOperation: 'Op', seen: 'u1' },
    });
    expect(mutation).not.toHaveProperty('http');
    expect(mutation).not.toHaveProperty('response');
    expect(request).toMatchObject({ action: 'graphql.create', http: { status: 201, route: '/graphql' } });
    expect(request).not.toHaveProperty('metadata');
    expect(await app.events()).toHaveLength(2);
  });

  it('queries are events when asked for', async () => {
    await start();
    await graphql({ invoice: { id: 'i7' } });
    expect((await app.events())[0]).toMatchObject({
      action: 'invoice.inspect',
      resource: { type: 'invoice', id: 'i7' },
      response: { body: { id: 'i7' } },
    });
  });

  it('errors under a 200 have their own outcome', async () => {
    await start();
    await graphql({ failInvoice: {}, forbidInvoice: {}, refusedInvoice: {} });
    const events = await app.events();
    const byAction = (action: string): unknown => events.find((event) => event.action === action);
    expect(byAction('graphql.failInvoice')).toMatchObject({
      outcome: 'failure',
      severity: 'error',
      reason: { code: 'invalid' },
      error: { class: 'Error', message: 'no funds' },
    });
    expect(byAction('graphql.forbidInvoice')).toMatchObject({ outcome: 'denied', reason: { code: 'forbidden' } });
    expect(byAction('graphql.refusedInvoice')).toMatchObject({
      outcome: 'denied',
      severity: 'warning',
      reason: { code: 'refused' },
      actor: { id: 'u1' },
    });
    expect(events).toHaveLength(4);
  });

  it('a strict operation fails when it cannot be sealed', async () => {
    await start();
    app.sealing(() => Promise.reject(new Error('away')));
    expect((await graphql({ strictInvoice: {} })).strictInvoice).toMatchObject({ status: 503 });
    app.sealing(() => Promise.resolve());
    expect((await graphql({ strictInvoice: {} })).strictInvoice).toEqual({ result: { id: 's1' } });
  });

  it('messages are events, streams of them one', async () => {
    const controller = await start();
    expect(await controller.call('rpc', 'sum', [1, 2, 3])).toEqual({ result: 3 });
    expect(await controller.call('rpc', 'broken', {})).toMatchObject({ error: 'no' });
    expect(await controller.call('rpc', 'quiet', {})).toEqual({ result: 1 });
    const events = await app.events();
    expect(events).toHaveLength(2);
    expect(events[0]).toMatchObject({
      action: 'rpc.InvoiceResolver.sum',
      outcome: 'success',
      actor: { type: 'anonymous' },
      request: { body: [1, 2, 3] },
    });
    expect(events[0].context?.requestId).toBeDefined();
    expect(events[1]).toMatchObject({ outcome: 'denied', reason: { code: 'forbidden' } });
  });

  it('socket events are events when asked for, by whom the handshake says', async () => {
    const controller = await start();
    const socket = {
      handshake: {
        address: '::ffff:10.0.0.7',
        headers: { authorization: `Bearer ${jwt.sign({ sub: 'u2' }, SECRET)}` },
      },
    };
    await controller.call('ws', 'chat', socket, { text: 'hi' });
    await controller.call('ws', 'remove', socket, { id: 4 });
    const events = await app.events();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      action: 'chat.delete',
      actor: { type: 'user', id: 'u2' },
      client: { ip: '10.0.0.7' },
      request: { body: { id: 4 } },
    });
  });

  it('an operation without the tenant that is required says so', async () => {
    await start({ tenant: { required: true } });
    await graphql({ createInvoice: {} });
    const [mutation] = await app.events();
    expect(mutation).toMatchObject({ outcome: 'success', flags: ['degraded'], reason: { code: 'tenant_missing' } });
    expect(app.failures).toHaveLength(2);
  });

  it('contexts of another kind pass untouched', async () => {
    const controller = await start();
    expect(await controller.call('unheard-of', 'createInvoice', {}, { amount: 1 })).toMatchObject({
      result: { amount: 1 },
    });
    expect(await app.events()).toEqual([]);
  });
});
