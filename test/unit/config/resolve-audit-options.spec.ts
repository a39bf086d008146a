import { hostname } from 'node:os';
import { HttpOptions } from '../../../lib/config/http.options.js';
import { resolveAuditOptions } from '../../../lib/config/index.js';
import type { AuditModuleOptions } from '../../../lib/config/index.js';

const NO_ENVIRONMENT = {};

describe('resolveAuditOptions', () => {
  it('works without any options', () => {
    const resolved = resolveAuditOptions(undefined, NO_ENVIRONMENT);
    expect(resolved.storage).toMatchObject({ type: 'sqlite', path: './audit.sqlite', migrate: true });
    expect(resolved.http.methods).toEqual(['POST', 'PUT', 'PATCH', 'DELETE']);
    expect(resolved.queue.maxEvents).toBe(10_000);
    expect(resolved.signing).toBeUndefined();
    expect(resolved.warnings).toEqual([]);
  });

  it("names the service after the application's package.json and the instance after host, process and boot", () => {
    const { service, sources } = resolveAuditOptions({}, NO_ENVIRONMENT);
    expect(service.name).toBe('nestjs-audit-trail');
    expect(service.version).toMatch(/^\d+\.\d+\.\d+/);
    const host = hostname().replace(/[^A-Za-z0-9.-]/g, '-');
    expect(service.instance).toMatch(new RegExp(`^${host}:${process.pid}:[0-9a-f]{8}$`));
    expect(sources['service.name']).toEqual(['package.json']);
  });

  it.each([
    [{ type: 'file' }, { path: './audit.jsonl', migrate: true, fsync: 'batch', lockWaitMs: 5_000 }],
    [
      { type: 'postgres', url: 'postgres://h/d' },
      { path: undefined, migrate: false },
    ],
    [{ type: 'datasource' }, { dataSource: 'default', migrate: false }],
    [
      { type: 'datasource', dataSource: 'billing', migrate: true },
      { dataSource: 'billing', migrate: true },
    ],
  ] as const)('fills in what the storage type %j implies', (storage, expected) => {
    expect(resolveAuditOptions({ storage }, NO_ENVIRONMENT).storage).toMatchObject(expected);
  });

  it('lets an option win over the environment and the environment over the default', () => {
    const env = { AUDIT_QUEUE_MAX_EVENTS: '7000', AUDIT_QUEUE_LINGER_MS: '9' };
    const { queue, sources } = resolveAuditOptions({ queue: { maxEvents: 5_000 } }, env);
    expect(queue).toMatchObject({ maxEvents: 5_000, lingerMs: 9, maxBatch: 1_000 });
    expect(sources['queue.maxEvents']).toEqual(['option']);
    expect(sources['queue.lingerMs']).toEqual(['AUDIT_QUEUE_LINGER_MS']);
    expect(sources['queue.maxBatch']).toEqual(['default']);
  });

  it('takes undefined for not given', () => {
    const { queue } = resolveAuditOptions(
      { queue: { maxEvents: undefined }, signing: undefined },
      { AUDIT_QUEUE_MAX_EVENTS: '7000' },
    );
    expect(queue.maxEvents).toBe(7_000);
  });

  it('adds lists of code and environment to the defaults', () => {
    const env = { AUDIT_HTTP_METHODS: 'get, post', AUDIT_REDACTION_KEYS: 'badge' };
    const { http, redaction, sources } = resolveAuditOptions(
      { http: { methods: ['HEAD'], excludePaths: ['/health'] }, redaction: { keys: ['nin', 'badge'] } },
      env,
    );
    expect(http.methods).toEqual(['POST', 'PUT', 'PATCH', 'DELETE', 'GET', 'HEAD']);
    expect(http.excludePaths).toEqual(['/health']);
    expect(redaction.keys).toEqual(['badge', 'nin']);
    expect(sources['http.methods']).toEqual(['default', 'AUDIT_HTTP_METHODS', 'option']);
  });

  it('adds maps of code and environment, the more explicit entry winning', () => {
    const { actorTypeAliases } = resolveAuditOptions(
      { actorTypeAliases: { admin: 'user' } },
      { AUDIT_ACTOR_TYPE_ALIASES: 'admin=system, bot=agent' },
    );
    expect({ ...actorTypeAliases }).toEqual({ admin: 'user', bot: 'agent' });
  });

  it('lets lists stand alone where replaceDefaults says so, in code and in the environment', () => {
    const inCode = resolveAuditOptions({ http: { methods: ['POST'], replaceDefaults: true } }, NO_ENVIRONMENT);
    expect(inCode.http.methods).toEqual(['POST']);
    expect(inCode.http.headers).toContain('content-type');
    const env = { AUDIT_HTTP_REPLACE_DEFAULTS: 'yes', AUDIT_HTTP_METHODS: 'PUT' };
    expect(resolveAuditOptions({}, env).http.methods).toEqual(['PUT']);
    expect(resolveAuditOptions({ http: { replaceDefaults: false } }, env).http.methods).toContain('DELETE');
  });

  it('never widens pinned lists from the environment', () => {
    const secret = 's'.repeat(64);
    const { actor } = resolveAuditOptions(
      { actor: { jwt: { secret, algorithms: ['HS512'] } } },
      { AUDIT_ACTOR_JWT_ALGORITHMS: 'HS256' },
    );
    expect(actor.jwt?.algorithms).toEqual(['HS512']);
  });

  it('makes an optional section as soon as one variable belongs to it', () => {
    const env = { AUDIT_ACTOR_JWT_SECRET: 's'.repeat(32), AUDIT_ACTOR_JWT_ALGORITHMS: 'HS256' };
    const { jwt } = resolveAuditOptions({}, env).actor;
    expect(jwt).toMatchObject({ algorithms: ['HS256'], claims: { id: 'sub' } });
  });

  it('neither changes nor keeps what it was given, and freezes what it returns', () => {
    const methods = ['GET'];
    const options = { http: { methods }, actorTypeAliases: { bot: 'agent' }, redaction: { paths: [{ path: 'a.b' }] } };
    const before = structuredClone(options);
    const resolved = resolveAuditOptions(options, NO_ENVIRONMENT);
    expect(options).toEqual(before);
    methods.push('TRACE');
    options.actorTypeAliases.bot = 'user';
    expect(resolved.http.methods).not.toContain('TRACE');
    expect(resolved.actorTypeAliases['bot']).toBe('agent');
    for (const part of [
      resolved,
      resolved.http,
      resolved.http.methods,
      resolved.actorTypeAliases,
      resolved.redaction.paths,
      resolved.redaction.paths[0],
      resolved.redaction.limits,
      resolved.warnings,
      resolved.sources,
      resolved.sources['http.methods'],
    ]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  it("takes the application's functions and objects as they are", () => {
    const signer = new (class {
      readonly id = 'kms/1';
      readonly algorithm = 'ed25519';
      sign(bytes: Uint8Array): Uint8Array {
        return bytes;
      }
    })();
    const sink = { name: 'archive', deliver: (): void => undefined, state: { count: 0 } };
    const severity = (): 'info' => 'info';
    const resolved = resolveAuditOptions(
      { signing: { origin: 'example.com/log', signer }, delivery: { sinks: [sink] }, http: { severity } },
      NO_ENVIRONMENT,
    );
    expect(resolved.signing?.signer).toBe(signer);
    expect(resolved.delivery.sinks[0]).toBe(sink);
    expect(resolved.http.severity).toBe(severity);
    expect(Object.isFrozen(signer) || Object.isFrozen(sink) || Object.isFrozen(sink.state)).toBe(false);
  });

  it('takes instances of the option classes', () => {
    const http = Object.assign(new HttpOptions(), { captureResponse: true });
    expect(resolveAuditOptions({ http }, NO_ENVIRONMENT).http).toMatchObject({
      captureResponse: true,
      methods: http.methods,
    });
  });

  it('does not see inherited members, so that a polluted prototype sets nothing', () => {
    const polluted = Object.create({ durability: 'strict', nonsense: 1 }) as AuditModuleOptions;
    expect(resolveAuditOptions(polluted, NO_ENVIRONMENT).durability).toBe('async');
  });

  it('keeps __proto__ in a map as a name like any other', () => {
    const aliases = JSON.parse('{"__proto__":"user"}') as Record<string, string>;
    const { actorTypeAliases } = resolveAuditOptions({ actorTypeAliases: aliases }, NO_ENVIRONMENT);
    expect(Object.keys(actorTypeAliases)).toEqual(['__proto__']);
    expect('polluted' in {}).toBe(false);
  });

  it('says at compile time which options a section needs', () => {
    // @ts-expect-error algorithms are required
    const missing: AuditModuleOptions = { actor: { jwt: { secret: 'x' } } };
    // @ts-expect-error a misspelled option
    const misspelled: AuditModuleOptions = { queue: { maxEvent: 1 } };
    expect(() => resolveAuditOptions(missing, NO_ENVIRONMENT)).toThrow('actor.jwt.algorithms: got nothing');
    expect(() => resolveAuditOptions(misspelled, NO_ENVIRONMENT)).toThrow('Did you mean maxEvents?');
  });
});
