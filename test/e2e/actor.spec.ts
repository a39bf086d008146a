import { createHmac, generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Controller, Get, Injectable, Post, Req, UseGuards } from '@nestjs/common';
import jwt from 'jsonwebtoken';
import type { ActorOptions } from '../../lib/config/actor.options.js';
import type { OptionsInput } from '../../lib/config/option-section.js';
import { AuditContext } from '../../lib/capture/context/audit-context.js';
import { AuditApplication } from '../harness/audit-application.js';
import { PLATFORMS } from '../harness/platforms.js';
import type { SeenEvent } from '../harness/seen-event.js';
import { HeaderGuard } from './fixtures/things.controller.js';

const SECRET = 'a shared secret that is long enough for HS256';
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const otherRsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const PUBLIC_PEM = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string;
const PRIVATE_PEM = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;

/** Puts a user there without a header, as passport does. */
@Injectable()
class UserGuard {
  canActivate(context: any): boolean {
    const request = context.switchToHttp().getRequest();
    request.user = JSON.parse(request.headers['x-user-json']);
    return true;
  }
}

@Controller('notes')
class NotesController {
  constructor(private readonly audit: AuditContext) {}

  @Post()
  create(): unknown {
    return { ok: true };
  }

  @Post('guarded')
  @UseGuards(HeaderGuard)
  guarded(): unknown {
    return { ok: true };
  }

  @Post('as-user')
  @UseGuards(UserGuard)
  asUser(): unknown {
    return { ok: true };
  }

  @Get('who')
  who(@Req() _request: unknown): unknown {
    return this.audit.current()?.actor;
  }
}

function b64(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function bearer(token: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } };
}

describe.each(PLATFORMS)('the actor, on %s', (platform) => {
  let app: AuditApplication;
  afterEach(() => app?.stop());

  async function start(actor: OptionsInput<ActorOptions>, more = {}): Promise<void> {
    app = await AuditApplication.on(platform)
      .audit({ actor, ...more })
      .controllers(NotesController)
      .start();
  }

  async function eventOf(token: string | undefined, path = '/notes'): Promise<SeenEvent> {
    const answer = await app.send('POST', path, token === undefined ? {} : bearer(token));
    expect(answer.status).toBe(201);
    return app.event();
  }

  const hs = { jwt: { secret: SECRET, algorithms: ['HS256'] as const } };

  it('is who a verified token names', async () => {
    await start(hs);
    const token = jwt.sign(
      {
        sub: 'u1',
        actor_type: 'user',
        email: 'u@example.org',
        name: 'Ursula',
        roles: ['a', 'b'],
        sid: 's1',
        amr: ['pwd', 'otp'],
      },
      SECRET,
    );
    const event = await eventOf(token);
    expect(event.actor).toEqual({ id: 'u1', type: 'user', roles: ['a', 'b'], authMethod: 'pwd+otp' });
    expect(event.client).toMatchObject({ email: 'u@example.org', displayName: 'Ursula' });
    expect(event.context?.sessionId).toMatch(/^[0-9a-f]{32}$/);
    expect(JSON.stringify(event)).not.toContain('"s1"');
    expect(JSON.stringify(event)).not.toContain(token);
  });

  it('is anonymous without a token', async () => {
    await start(hs);
    expect((await eventOf(undefined)).actor).toEqual({ type: 'anonymous' });
  });

  const now = Math.floor(Date.now() / 1000);
  it.each<[string, string, string, OptionsInput<ActorOptions>]>([
    ['expired', jwt.sign({ sub: 'u1', exp: now - 10 }, SECRET), 'expired', hs],
    ['not yet valid', jwt.sign({ sub: 'u1', nbf: now + 100 }, SECRET), 'not_active', hs],
    ['signed with another secret', jwt.sign({ sub: 'u1' }, 'another secret entirely'), 'bad_signature', hs],
    ['unsigned', `${b64({ alg: 'none', typ: 'JWT' })}.${b64({ sub: 'u1' })}.`, 'unsigned', hs],
    ['unsigned, spelt oddly', `${b64({ alg: 'nOnE' })}.${b64({ sub: 'u1' })}.`, 'unsigned', hs],
    ['without its signature', `${jwt.sign({ sub: 'u1' }, SECRET).split('.').slice(0, 2).join('.')}.`, 'unsigned', hs],
    [
      'of an algorithm that is not accepted',
      jwt.sign({ sub: 'u1' }, SECRET, { algorithm: 'HS512' }),
      'wrong_algorithm',
      hs,
    ],
    [
      'for another audience',
      jwt.sign({ sub: 'u1', aud: 'other' }, SECRET),
      'wrong_audience',
      { jwt: { ...hs.jwt, audience: ['billing'] } },
    ],
    [
      'without an audience',
      jwt.sign({ sub: 'u1' }, SECRET),
      'wrong_audience',
      { jwt: { ...hs.jwt, audience: ['billing'] } },
    ],
    [
      'of another issuer',
      jwt.sign({ sub: 'u1', iss: 'evil' }, SECRET),
      'wrong_issuer',
      { jwt: { ...hs.jwt, issuer: ['https://idp.example.org'] } },
    ],
    [
      'signed with another RSA key',
      jwt.sign({ sub: 'u1' }, otherRsa.privateKey, { algorithm: 'RS256' }),
      'bad_signature',
      { jwt: { publicKey: PUBLIC_PEM, algorithms: ['RS256'] } },
    ],
    [
      'signed by HS256 with the public key as its secret',
      forgeWithPublicKey({ sub: 'u1' }),
      'wrong_algorithm',
      { jwt: { publicKey: PUBLIC_PEM, algorithms: ['RS256'] } },
    ],
    ['whose payload was changed', tamper(jwt.sign({ sub: 'u0' }, SECRET), { sub: 'u1' }), 'bad_signature', hs],
  ])('is never named by a token %s', async (_case, token, reason, options) => {
    await start(options);
    expect((await eventOf(token)).actor).toEqual({ type: 'anonymous', claimedId: 'u1', claimReason: reason });
    expect(app.failures).toEqual([]);
  });

  it.each([
    ['no token at all', 'abc', 'malformed'],
    ['one of four parts', 'a.b.c.d', 'malformed'],
    ['one that is huge', `${b64({ alg: 'HS256' })}.${'x'.repeat(14_000)}.y`, 'bad_signature'],
    ['one without a subject', jwt.sign({ email: 'x@example.org' }, SECRET), 'no_subject'],
    ['one that holds a text', jwt.sign('just text', SECRET), 'malformed'],
  ])('is anonymous with %s', async (_case, token, reason) => {
    await start(hs);
    const { actor } = await eventOf(token);
    expect(actor).toEqual({ type: 'anonymous', claimReason: reason });
  });

  it('is only claimed by a token that nobody verifies', async () => {
    await start({});
    const token = jwt.sign({ sub: 'u1' }, SECRET);
    expect((await eventOf(token)).actor).toEqual({ type: 'anonymous', claimedId: 'u1', claimReason: 'not_verified' });
  });

  it('is accepted within the tolerance of clocks', async () => {
    await start({ jwt: { ...hs.jwt, clockToleranceSeconds: 60 } });
    expect((await eventOf(jwt.sign({ sub: 'u1', exp: now - 10 }, SECRET))).actor).toMatchObject({ id: 'u1' });
  });

  it('is verified with a public key from a file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'audit-key-'));
    writeFileSync(join(folder, 'key.pem'), PUBLIC_PEM);
    await start({ jwt: { publicKeyFile: join(folder, 'key.pem'), algorithms: ['RS256', 'PS256'] } });
    rmSync(folder, { recursive: true });
    const token = jwt.sign({ sub: 'u1' }, PRIVATE_PEM, { algorithm: 'PS256' });
    expect((await eventOf(token)).actor).toEqual({ id: 'u1', type: 'user', authMethod: 'jwt' });
  });

  it('is verified with the key that a provider gives for its kid, which is asked once', async () => {
    const asked: unknown[] = [];
    await start({
      jwt: {
        algorithms: ['RS256', 'ES256'],
        keyProvider: async (header) => {
          asked.push(header.kid);
          if (header.kid === 'gone') throw new Error('no such key');
          return header.kid === 'ec' ? ec.publicKey : PUBLIC_PEM;
        },
      },
    });
    const sign = (key: any, algorithm: 'RS256' | 'ES256', keyid: string): string =>
      jwt.sign({ sub: keyid }, key, { algorithm, keyid });
    const tokens = [
      sign(rsa.privateKey, 'RS256', 'rsa'),
      sign(ec.privateKey, 'ES256', 'ec'),
      sign(rsa.privateKey, 'RS256', 'rsa'),
      sign(rsa.privateKey, 'RS256', 'gone'),
      sign(ec.privateKey, 'ES256', 'rsa'),
    ];
    for (const token of tokens) await app.send('POST', '/notes', bearer(token));
    const actors = (await app.events()).map((event) => event.actor);
    expect(actors).toEqual([
      expect.objectContaining({ id: 'rsa' }),
      expect.objectContaining({ id: 'ec' }),
      expect.objectContaining({ id: 'rsa' }),
      { type: 'anonymous', claimedId: 'gone', claimReason: 'key_unavailable' },
      { type: 'anonymous', claimedId: 'rsa', claimReason: 'wrong_algorithm' },
    ]);
    expect(asked).toEqual(['rsa', 'ec', 'gone', 'rsa']);
    expect(app.failures.map(({ where }) => where)).toEqual(['actor.jwt.keyProvider']);
  });

  it('comes from a cookie or from where an extractor looks', async () => {
    await start({ jwt: { ...hs.jwt, cookie: 'session_token' } });
    const token = jwt.sign({ sub: 'u1' }, SECRET);
    await app.send('POST', '/notes', { headers: { cookie: `a=b; session_token=${token}; c=d` } });
    expect((await app.event()).actor).toMatchObject({ id: 'u1' });
    await app.stop();

    await start({ jwt: { ...hs.jwt, extract: (request: any) => request.headers['x-token'] } });
    await app.send('POST', '/notes', { headers: { 'x-token': token, authorization: 'Bearer nonsense' } });
    expect((await app.event()).actor).toMatchObject({ id: 'u1' });
  });

  it('is the acting party of a delegated token', async () => {
    await start(hs);
    const token = jwt.sign(
      { sub: 'customer', act: { sub: 'support', actor_type: 'agent', act: { sub: 'first', act: { sub: 'zeroth' } } } },
      SECRET,
    );
    const event = await eventOf(token);
    expect(event.actor).toEqual({
      id: 'support',
      type: 'agent',
      authMethod: 'jwt',
      onBehalfOf: { id: 'customer', type: 'user' },
    });
    expect(event.client.earlierActors).toEqual(['first', 'zeroth']);
  });

  it('has the type that an alias gives it, and the claims that are mapped', async () => {
    await start(
      {
        jwt: {
          ...hs.jwt,
          claims: { id: 'realm.user', type: 'https://example.org/kind', roles: 'scope' },
        },
      },
      { actorTypeAliases: { platform_admin: 'service' } },
    );
    const token = jwt.sign(
      { realm: { user: 42 }, 'https://example.org/kind': 'Platform_Admin', scope: 'read write' },
      SECRET,
    );
    expect((await eventOf(token)).actor).toEqual({
      id: '42',
      type: 'service',
      roles: ['read', 'write'],
      authMethod: 'jwt',
    });
  });

  it('is the user that a guard has verified, without looking at the token', async () => {
    let asked = 0;
    await start({
      jwt: {
        algorithms: ['HS256'],
        keyProvider: () => {
          asked++;
          return SECRET;
        },
      },
    });
    await app.send('POST', '/notes/guarded', {
      headers: { 'x-user': 'ann', authorization: `Bearer ${jwt.sign({ sub: 'bob' }, SECRET)}` },
    });
    expect((await app.event()).actor).toEqual({ id: 'ann', type: 'user', roles: ['clerk'], authMethod: 'jwt' });
    expect(asked).toBe(0);
  });

  it.each([
    [{ sub: 's' }, { id: 's', type: 'user' }],
    [
      { userId: 7, username: 'x' },
      { id: '7', type: 'user' },
    ],
    [
      { _id: 'm', role: 'admin', privileged: true },
      { id: 'm', type: 'user', roles: ['admin'], privileged: true },
    ],
    [
      { id: 'c', actorType: 'service', authMethod: 'api_key' },
      { id: 'c', type: 'service', authMethod: 'api_key' },
    ],
    [
      { id: 'p', act: { sub: 'h' } },
      { id: 'h', type: 'user', onBehalfOf: { id: 'p', type: 'user' } },
    ],
    ['plain', { id: 'plain', type: 'user' }],
    [{ email: 'nobody@example.org' }, { type: 'anonymous' }],
  ])('is read from the user %j', async (user, actor) => {
    await start({});
    await app.send('POST', '/notes/as-user', { headers: { 'x-user-json': JSON.stringify(user) } });
    expect((await app.event()).actor).toEqual(actor);
  });

  it('is whom the application names, and nobody when it fails to', async () => {
    await start({
      ...hs,
      resolve: async ({ request, type, claims }: any) => {
        if (request.headers['x-fail']) throw new Error('directory is down');
        if (request.headers['x-pass']) return undefined;
        return { type: 'agent', id: `${type}:${claims?.sub}`, authMethod: 'internal' };
      },
    });
    const token = jwt.sign({ sub: 'u1' }, SECRET);
    for (const name of ['x-own', 'x-pass', 'x-fail']) {
      await app.send('POST', '/notes', { headers: { [name]: '1', authorization: `Bearer ${token}` } });
    }
    expect((await app.events()).map((event) => event.actor)).toEqual([
      { type: 'agent', id: 'http:u1', authMethod: 'internal' },
      { type: 'user', id: 'u1', authMethod: 'jwt' },
      { type: 'anonymous' },
    ]);
    expect(app.failures.map(({ where }) => where)).toEqual(['actor.resolve']);
  });

  it('is known within the request', async () => {
    await start(hs);
    const answer = await app.send('GET', '/notes/who', bearer(jwt.sign({ sub: 'u1' }, SECRET)));
    expect(answer.json).toEqual({ id: 'u1', type: 'user', authMethod: 'jwt' });
  });

  it('can be required to be known, but for denied attempts', async () => {
    await start(hs, { auditAnonymous: false });
    await app.send('POST', '/notes');
    await app.send('POST', '/notes/guarded');
    await app.send('POST', '/notes', bearer(jwt.sign({ sub: 'u1' }, SECRET)));
    expect((await app.events()).map(({ outcome, actor }) => [outcome, actor.id])).toEqual([
      ['denied', undefined],
      ['success', 'u1'],
    ]);
  });
});

function forgeWithPublicKey(claims: object): string {
  const signed = `${b64({ alg: 'HS256', typ: 'JWT' })}.${b64(claims)}`;
  return `${signed}.${createHmac('sha256', PUBLIC_PEM).update(signed).digest('base64url')}`;
}

function tamper(token: string, claims: object): string {
  const [header, , signature] = token.split('.');
  return `${header}.${b64(claims)}.${signature}`;
}
