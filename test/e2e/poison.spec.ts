import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Body, Controller, Post, Put, UseGuards } from '@nestjs/common';
import type { CanActivate } from '@nestjs/common';
import { AuditContext } from '../../lib/capture/context/audit-context.js';
import { AuditApplication } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';
import type { SeenEvent } from '../harness/seen-event.js';

/** Values that only code can make. */
const HOSTILE: Record<string, () => unknown> = {
  cycle: () => {
    const value: Record<string, unknown> = { name: 'loop' };
    value['self'] = value;
    return value;
  },
  bigint: () => ({ amount: 10n ** 30n }),
  'map and set': () => ({ map: new Map([['password', 'x']]), set: new Set([1, 2]) }),
  'not a number': () => ({ nan: NaN, infinite: -Infinity, zero: -0, nothing: undefined, symbol: Symbol('s') }),
  'invalid date': () => ({ date: new Date(NaN) }),
  'a getter that throws': () => ({
    get boom(): never {
      throw new Error('boom');
    },
  }),
  'a revoked proxy': () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return { proxy };
  },
  'a toJSON that throws': () => ({
    toJSON() {
      throw new Error('no');
    },
  }),
  bytes: () => ({ bytes: Buffer.alloc(1_000_000, 1) }),
  function: () => ({ work: () => 1 }),
};

class HostileUserGuard implements CanActivate {
  canActivate(context: any): boolean {
    context.switchToHttp().getRequest().user = {
      id: `a\u0000b\n\u202e${'x'.repeat(5000)}`,
      roles: Array.from({ length: 10_000 }, () => 'role\u0000'),
      get email(): never {
        throw new Error('boom');
      },
    };
    return true;
  }
}

@Controller('poison')
class PoisonController {
  constructor(private readonly audit: AuditContext) {}

  @Post()
  take(@Body() body: unknown): unknown {
    return { type: typeof body };
  }

  @Put('hostile')
  hostile(@Body() body: { kind: string }): unknown {
    this.audit.annotate({ metadata: { value: HOSTILE[body.kind]() } });
    return {};
  }

  @Put('error')
  error(): never {
    const error = new Error('failed with Bearer abcdefghijklmnop\u0000 and \ud800');
    Object.defineProperty(error, 'name', {
      get() {
        throw new Error('no name');
      },
    });
    throw error;
  }

  @Put('user')
  @UseGuards(HostileUserGuard)
  user(): unknown {
    return {};
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };
const DEEP = `${'['.repeat(5000)}${']'.repeat(5000)}`;

const REQUESTS: [string, { path?: string; headers?: Record<string, string>; body?: string | Buffer }][] = [
  ['a NUL', { headers: JSON_TYPE, body: '{"a":"x\\u0000y"}' }],
  ['a lone surrogate', { headers: JSON_TYPE, body: '{"a":"\\ud800","\\udfff":1}' }],
  ['5,000 nested arrays', { headers: JSON_TYPE, body: DEEP }],
  ['own __proto__', { headers: JSON_TYPE, body: '{"a":{"__proto__x":1},"constructor":{"prototype":1}}' }],
  ['a key twice', { headers: JSON_TYPE, body: '{"a":1,"a":2}' }],
  ['numbers at the edge', { headers: JSON_TYPE, body: '[1e2,0.1,9007199254740993,1e308,-0]' }],
  ['a body that is not UTF-8', { headers: JSON_TYPE, body: Buffer.from([0x22, 0xff, 0xfe, 0x22]) }],
  ['a plain text', { headers: JSON_TYPE, body: '"just text"' }],
  ['a null', { headers: JSON_TYPE, body: 'null' }],
  [
    'many keys',
    {
      headers: JSON_TYPE,
      body: JSON.stringify(Object.fromEntries(Array.from({ length: 3000 }, (_, n) => [`k${n}`, n]))),
    },
  ],
  ['a long string', { headers: JSON_TYPE, body: JSON.stringify({ a: 'x'.repeat(90_000) }) }],
  ['a huge user agent', { headers: { 'user-agent': `x\u00a0${'y'.repeat(9000)}` } }],
  ['control characters beyond ASCII', { headers: { 'user-agent': 'a\u0085b\u009b31m', origin: 'x\u009by' } }],
  ['a huge request id', { headers: { 'x-request-id': 'z'.repeat(9000) } }],
  [
    'a forwarded chain without end',
    { headers: { 'x-forwarded-for': Array.from({ length: 900 }, () => '1.2.3.4').join(', ') } },
  ],
  ['a long path', { path: `/poison/${'p'.repeat(9000)}` }],
  ['a query of many names', { path: `/poison?${Array.from({ length: 1500 }, (_, n) => `q${n}=1`).join('&')}` }],
  ['a query that cannot be decoded', { path: '/poison?a=%E0%A4%A&%zz=1&__proto__=2&constructor=3' }],
  ['a cookie and a token of junk', { headers: { cookie: ';;;=;', authorization: 'Bearer ..' } }],
];

describe.each(PLATFORMS)('poison, on %s', (platform) => {
  let app: AuditApplication;
  let seen = 0;
  beforeAll(async () => {
    app = await AuditApplication.on(platform)
      .audit({ tenant: { header: 'x-tenant' } })
      .controllers(PoisonController)
      .start();
  });
  afterAll(() => app.stop());

  async function oneMore(): Promise<SeenEvent> {
    const events = await app.events();
    expect(events).toHaveLength(seen + 1);
    seen = events.length;
    expect(app.failures).toEqual([]);
    return events[events.length - 1];
  }

  it.each(REQUESTS)('%s', async (_name, { path = '/poison', headers, body }) => {
    const answer = await app.send('POST', path, { headers, body });
    const event = await oneMore();
    expect(event.http?.status).toBe(answer.status);
    expect(event.http?.path?.length).toBeLessThanOrEqual(2048);
    expect(event.client.userAgent?.length ?? 0).toBeLessThanOrEqual(512);
    expect(event.flags ?? []).not.toContain('degraded');
    const text = JSON.stringify(event);
    expect(Buffer.from(text).toString()).toBe(text);
    expect(text).not.toMatch(/\\u0000|[\u0080-\u009f\u202e]/);
    expect(text.length).toBeLessThan(200_000);
  });

  it.each(Object.keys(HOSTILE))('%s in an annotation', async (kind) => {
    expect((await app.send('PUT', '/poison/hostile', { body: { kind } })).status).toBe(200);
    const event = await oneMore();
    expect(event).toMatchObject({ outcome: 'success', action: 'poison.update' });
    expect(event.metadata).toHaveProperty('value');
    expect(event.flags ?? []).not.toContain('truncated');
  });

  it('an exception that cannot be read', async () => {
    expect((await app.send('PUT', '/poison/error')).status).toBe(500);
    const event = await oneMore();
    expect(event).toMatchObject({ outcome: 'failure', error: { class: 'Error' } });
    expect(JSON.stringify(event)).not.toContain('abcdefghijklmnop');
  });

  it('a user that cannot be read', async () => {
    expect(
      (await app.send('PUT', '/poison/user', { headers: { 'x-tenant': `t\u0085${'t'.repeat(3000)}` } })).status,
    ).toBe(200);
    const { actor, tenant } = await oneMore();
    expect(actor.type).toBe('user');
    expect(actor.id?.length).toBeLessThanOrEqual(256);
    expect(actor.id).not.toMatch(/[\u0000\n\u202e]/);
    expect(actor.roles?.length).toBeLessThanOrEqual(32);
    expect(tenant?.id?.length).toBeLessThanOrEqual(256);
  });
});
