import { generateKeyPairSync } from 'node:crypto';
import { InvalidAuditOptionsError, resolveAuditOptions } from '../../../lib/config/index.js';
import type { Environment, OptionProblem } from '../../../lib/config/index.js';

const SECRET = 's'.repeat(64);
const { publicKey, privateKey } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});
const sink = { name: 'archive', deliver: (): void => undefined };
const signer = { id: 'k', algorithm: 'ed25519', sign: (bytes: Uint8Array): Uint8Array => bytes };

function refusal(options: unknown, env: Environment = {}): InvalidAuditOptionsError {
  try {
    resolveAuditOptions(options as object, env);
  } catch (error) {
    if (error instanceof InvalidAuditOptionsError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function onlyProblem(options: unknown, env?: Environment): OptionProblem {
  const { problems } = refusal(options, env);
  expect(problems).toHaveLength(1);
  return problems[0];
}

describe('invalid options', () => {
  it.each([
    [{ htpp: {} }, 'htpp', 'http'],
    [{ http: { metods: ['GET'] } }, 'http.metods', 'methods'],
    [{ queue: { max_events: 1 } }, 'queue.max_events', 'maxEvents'],
    [
      { actor: { jwt: { secret: SECRET, algorithm: 'HS256', algorithms: ['HS256'] } } },
      'actor.jwt.algorithm',
      'algorithms',
    ],
    [
      { checkpoints: { anchors: [{ directory: '/a' }, { directory: '/b', dir: '/c' }] } },
      'checkpoints.anchors[1].dir',
      undefined,
    ],
    [{ bananas: 1 }, 'bananas', undefined],
  ])('names the unknown option of %j', (options, path, meant) => {
    const problem = onlyProblem(options);
    expect(problem).toMatchObject({ path, given: 'an unknown option' });
    expect(problem.didYouMean).toBe(meant);
  });

  it.each([
    [{ queue: { maxEvents: '10' } }, 'queue.maxEvents', '"10"', 'a whole number from 1'],
    [{ queue: { maxEvents: 0 } }, 'queue.maxEvents', '0', 'a whole number from 1'],
    [{ queue: { maxEvents: 1.5 } }, 'queue.maxEvents', '1.5', 'a whole number from 1'],
    [{ queue: { maxEvents: Number.NaN } }, 'queue.maxEvents', 'NaN', 'a whole number from 1'],
    [{ queue: { drainTimeoutMs: 2 ** 31 } }, 'queue.drainTimeoutMs', '2147483648', 'from 0 to 2147483647'],
    [{ queue: null }, 'queue', 'null', 'leave it out for the default'],
    [{ queue: [] }, 'queue', 'a list', 'an object of options'],
    [{ queue: new Map() }, 'queue', 'an object', 'an object of options'],
    [{ http: { captureRequest: 'yes' } }, 'http.captureRequest', '"yes"', 'true or false'],
    [{ http: { methods: 'GET' } }, 'http.methods', '"GET"', 'a list of HTTP methods'],
    [{ http: { methods: ['GET', 7] } }, 'http.methods', '["GET", a number]', 'a list of HTTP methods'],
    [{ http: { excludePaths: ['health'] } }, 'http.excludePaths', '["health"]', "begin with '/'"],
    [{ http: { headers: ['Authorization'] } }, 'http.headers', '"authorization"', 'without credentials'],
    [{ http: { severity: 'error' } }, 'http.severity', '"error"', 'a function'],
    [{ http: { requestIdHeader: 'x id' } }, 'http.requestIdHeader', '"x id"', 'a header name'],
    [{ durability: 'sync' }, 'durability', '"sync"', "'async', 'block', 'strict'"],
    [{ stream: 'tenant' }, 'stream', '"tenant"', "'main', 'per-tenant', or a function"],
    [{ hashAlgorithm: 'md5' }, 'hashAlgorithm', '"md5"', "'sha256', 'sha512'"],
    [{ actorTypeAliases: { admin: 1 } }, 'actorTypeAliases', 'an object', 'texts by name'],
    [{ onError: true }, 'onError', 'true', 'a function'],
    [{ changes: { entities: 'some' } }, 'changes.entities', '"some"', "'all', or a list"],
    [{ redaction: { modes: { 'key:iban': 'blur' } } }, 'redaction.modes', 'an object', 'mask, partial, hmac, remove'],
    [{ redaction: { paths: [{}] } }, 'redaction.paths[0].path', 'nothing', 'names joined by dots'],
    [{ redaction: { limits: { depth: 33 } } }, 'redaction.limits.depth', '33', 'from 2 to 32'],
    [{ redaction: { hmac: { key: 'short', keyId: 'k1' } } }, 'redaction.hmac.key', 'a text', 'at least 16 bytes'],
    [{ checkpoints: { anchors: ['/a'] } }, 'checkpoints.anchors[0]', 'a text', 'an object of options'],
    [{ checkpoints: { anchors: '/a' } }, 'checkpoints.anchors', 'a text', 'a list of objects'],
    [{ delivery: { sinks: [{ name: 'x' }] } }, 'delivery.sinks', '[an object]', 'and deliver(batch, signal)'],
    ['postgres://u:p@h/d', '', 'a text', 'an object of options'],
  ])('refuses %j', (options, path, given, allowed) => {
    const problem = onlyProblem(options);
    expect(problem.path).toBe(path);
    expect(problem.given).toContain(given);
    expect(problem.allowed).toContain(allowed);
  });

  it.each([
    ['a server without URL', { storage: { type: 'postgres' } }, 'storage.url', 'postgres://user:password@host'],
    ["another server's URL", { storage: { type: 'mysql', url: 'postgres://h/d' } }, 'storage.url', 'mysql://'],
    ['a URL for a file store', { storage: { url: 'postgres://h/d' } }, 'storage.url', "storage.type is 'sqlite'"],
    ['a DataSource for a file store', { storage: { dataSource: 'default' } }, 'storage.dataSource', 'only datasource'],
    ['a queue that retries backwards', { queue: { retryBaseMs: 100, retryMaxMs: 50 } }, 'queue.retryMaxMs', '100'],
    ['a batch larger than the queue', { queue: { maxEvents: 10 } }, 'queue.maxBatch', 'at most the 10'],
    ['delivery to nowhere', { delivery: { mode: 'hybrid' } }, 'delivery.sinks', 'at least one sink'],
    [
      'two sinks of one name',
      { delivery: { mode: 'remote', sinks: [sink, { ...sink }] } },
      'delivery.sinks',
      'different names',
    ],
    ['signing without key', { signing: { origin: 'a.b/c' } }, 'signing.keyFile', 'exactly one of keyFile, key, signer'],
    ['signing with two keys', { signing: { origin: 'a.b/c', keyFile: 'k', signer } }, 'signing.signer', 'exactly one'],
    ['signing without origin', { signing: { keyFile: 'k' } }, 'signing.origin', 'a text'],
    ['an origin with a blank', { signing: { origin: 'my log', signer } }, 'signing.origin', 'without blanks'],
    ['a mode that needs a key', { redaction: { mode: 'hmac' } }, 'redaction.mode', 'needs a key'],
    [
      'a mode of a rule that is none',
      { redaction: { modes: { 'key:nil': 'mask' } } },
      'redaction.modes',
      'no rule has this label',
    ],
    [
      'a pattern without bound',
      { redaction: { patterns: { custom: [{ name: 'a', pattern: /(a+)+$/ }] } } },
      'redaction.patterns',
      'Bound each repetition',
    ],
    ['a wrong cron expression', { verification: { cron: 'at night' } }, 'verification.cron', 'five or six fields'],
    ['a wrong time zone', { verification: { timeZone: 'Mars/Olympus' } }, 'verification.timeZone', 'IANA'],
    [
      'rare checkpoints when idle',
      { checkpoints: { everyMs: 1_000, idleEveryMs: 500 } },
      'checkpoints.idleEveryMs',
      '1000',
    ],
  ])('refuses %s', (_, options, path, allowed) => {
    const problem = onlyProblem(options);
    expect(problem.path).toBe(path);
    expect(problem.allowed).toContain(allowed);
  });

  describe('of token verification', () => {
    it.each([
      ['no key', { algorithms: ['HS256'] }, 'secret', 'exactly one of'],
      ['two keys', { secret: SECRET, publicKey, algorithms: ['HS256'] }, 'publicKey', 'not secret and publicKey'],
      ['no algorithms', { secret: SECRET }, 'algorithms', "never 'none'"],
      ['an empty list of algorithms', { secret: SECRET, algorithms: [] }, 'algorithms', 'not empty'],
      ['the algorithm none', { secret: SECRET, algorithms: ['none'] }, 'algorithms', "never 'none'"],
      ['none among others', { secret: SECRET, algorithms: ['HS256', 'none'] }, 'algorithms', "never 'none'"],
      ['a public key as HMAC secret', { publicKey, algorithms: ['HS256'] }, 'algorithms', 'anybody'],
      [
        'a public key file as HMAC secret',
        { publicKeyFile: 'k.pem', algorithms: ['ES256', 'HS256'] },
        'algorithms',
        'anybody',
      ],
      ['a secret as public key', { secret: SECRET, algorithms: ['RS256'] }, 'algorithms', 'shared secret'],
      [
        'a mix for a key provider',
        { keyProvider: () => SECRET, algorithms: ['RS256', 'HS256'] },
        'algorithms',
        'never serve',
      ],
      ['a private key as public key', { publicKey: privateKey, algorithms: ['ES256'] }, 'publicKey', 'private key'],
      ['a public key that is none', { publicKey: 'abc', algorithms: ['ES256'] }, 'publicKey', 'PEM'],
    ])('refuses %s', (_, jwt, option, allowed) => {
      const problem = onlyProblem({ actor: { jwt } });
      expect(problem.path).toBe(`actor.jwt.${option}`);
      expect(problem.allowed).toContain(allowed);
    });

    it('warns of a secret that is shorter than its hash', () => {
      const { warnings } = resolveAuditOptions({ actor: { jwt: { secret: 'hunter2', algorithms: ['HS256'] } } }, {});
      expect(warnings).toEqual([{ about: 'actor.jwt.secret', text: expect.stringContaining('32 bytes') as string }]);
      expect(warnings[0].text).not.toContain('hunter2');
    });
  });

  it('lists every problem at once, with option, value, what is allowed and what was meant', () => {
    const error = refusal(
      { storage: { type: 'postgresql' }, http: { metods: [] }, queue: { lingerMs: -1 } },
      { AUDIT_QUEUE_MAX_EVENTS: 'many', AUDIT_HTTP_CAPTURE_QUERY: 'maybe' },
    );
    expect(error.code).toBe('AUDIT_INVALID_OPTIONS');
    expect(error.message.split('\n')).toEqual([
      expect.stringContaining('5 mistakes') as string,
      expect.stringContaining('  - http.metods: got an unknown option; allowed: enabled, methods,') as string,
      '  - http.captureQuery: got "maybe" from AUDIT_HTTP_CAPTURE_QUERY; allowed: true or false.',
      '  - queue.maxEvents: got "many" from AUDIT_QUEUE_MAX_EVENTS; allowed: a whole number from 1.',
      expect.stringContaining(`  - storage.type: got "postgresql"; allowed: 'sqlite', 'postgres',`) as string,
      '  - queue.lingerMs: got -1; allowed: a whole number of milliseconds from 0 to 2147483647.',
    ]);
    expect(error.message).toContain("Did you mean 'postgres'?");
    expect(error.message).toContain('Did you mean methods?');
  });

  it('names the variable that a readable but wrong value came from', () => {
    expect(onlyProblem({}, { AUDIT_STORAGE_TYPE: 'mysqll' })).toMatchObject({
      path: 'storage.type',
      variable: 'AUDIT_STORAGE_TYPE',
      didYouMean: "'mysql'",
    });
  });

  it('keeps its message bounded', () => {
    const options = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`${'x'.repeat(5_000)}${index}`, 1]));
    const { message, problems } = refusal(options);
    expect(problems).toHaveLength(500);
    expect(message).toContain('and 460 more');
    expect(message.length).toBeLessThan(25_000);
  });

  it('reports a section that is none, whatever the environment says of what is in it', () => {
    expect(onlyProblem({ actor: 'sqlite' }, { AUDIT_ACTOR_JWT_PUBLIC_KEY: '!' })).toMatchObject({ path: 'actor' });
  });

  it('reports members that cannot be read', () => {
    const hostile = {
      get queue(): never {
        throw new Error('no');
      },
    };
    expect(onlyProblem(hostile)).toMatchObject({ path: 'queue', given: 'a member that throws when it is read' });
  });
});
