import { generateKeyPairSync } from 'node:crypto';
import {
  describeEffectiveConfig,
  formatEffectiveConfig,
  InvalidAuditOptionsError,
  resolveAuditOptions,
} from '../../../lib/config/index.js';
import type { AuditModuleOptions, Environment } from '../../../lib/config/index.js';

const PLANTED = 'Sesame';
const { privateKey } = generateKeyPairSync('ed25519', {
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

function printed(options: AuditModuleOptions, env: Environment = {}): string {
  const lines = describeEffectiveConfig(resolveAuditOptions(options, env));
  return `${JSON.stringify(lines)}\n${formatEffectiveConfig(lines)}`;
}

function valueOf(options: AuditModuleOptions, path: string): string | undefined {
  return describeEffectiveConfig(resolveAuditOptions(options, {})).find((line) => line.path === path)?.value;
}

/** jest takes a missing last argument of a row for its `done` callback. */
function withEnvironment<Options>(rows: [string, Options, Environment?][]): [string, Options, Environment][] {
  return rows.map(([name, options, env = {}]) => [name, options, env]);
}

describe('the effective configuration', () => {
  it('shows every option in force with its value and source', () => {
    const lines = describeEffectiveConfig(
      resolveAuditOptions(
        { http: { excludePaths: ['/health'] } },
        { AUDIT_HTTP_METHODS: 'GET', AUDIT_STORAGE_PATH: './a.db' },
      ),
    );
    expect(lines).toEqual(
      expect.arrayContaining([
        { path: 'service.name', value: 'nestjs-audit-trail', source: 'package.json' },
        { path: 'storage.path', value: './a.db', source: 'AUDIT_STORAGE_PATH' },
        { path: 'storage.migrate', value: 'true', source: 'default' },
        { path: 'http.methods', value: 'POST, PUT, PATCH, DELETE, GET', source: 'default + AUDIT_HTTP_METHODS' },
        { path: 'http.excludePaths', value: '/health', source: 'option' },
        { path: 'redaction.keys', value: '(none)', source: 'default' },
      ]),
    );
    expect(lines.some(({ path }) => path.startsWith('signing') || path === 'http.severity')).toBe(false);
    expect(lines.every(({ source }) => source !== '')).toBe(true);
  });

  it('prints one line an option, in the same order each time', () => {
    const first = formatEffectiveConfig(describeEffectiveConfig(resolveAuditOptions({ durability: 'block' }, {})));
    expect(first).toMatch(/^durability +block +\(option\)$/m);
    expect(formatEffectiveConfig(describeEffectiveConfig(resolveAuditOptions({ durability: 'block' }, {})))).toBe(
      first,
    );
  });

  it('keeps a value with line breaks on its line', () => {
    const text = printed({ service: { name: 'a\nfake.option  true  (option)' } });
    expect(text).not.toMatch(/^fake\.option/m);
  });

  it.each([
    ['postgres://audit:Sesame@db:5432/app?sslmode=require', 'postgres://[masked]@db:5432/app?sslmode=[masked]'],
    ['postgres://db/app?password=Sesame', 'postgres://db/app?password=[masked]'],
    ['postgres://u:p/Sesame@db/app', '[masked]'],
    ['postgres://u:12/Sesame@db/app', '[masked]'],
    ['postgres://u:12?Sesame@db/app', '[masked]'],
    ['postgres://u:12#Sesame@db/app', '[masked]'],
    ['postgresql://db/app#Sesame', 'postgresql://db/app'],
    ['postgres:///app?host=/run/postgresql', 'postgres:///app?host=[masked]'],
  ])('shows the URL %s as %s', (url, shown) => {
    let text: string | undefined;
    try {
      text = valueOf({ storage: { type: 'postgres', url } }, 'storage.url');
    } catch (error) {
      text = /got "(.*?)";/.exec((error as Error).message)?.[1];
    }
    expect(text).toBe(shown);
  });

  it('shows functions and objects by name only', () => {
    function auditSeverity(): 'info' {
      return 'info';
    }
    class Kms {
      readonly id = PLANTED;
      readonly algorithm = 'ed25519';
      sign(bytes: Uint8Array): Uint8Array {
        return bytes;
      }
    }
    const options: AuditModuleOptions = {
      http: { severity: auditSeverity },
      signing: { origin: 'a.b/c', signer: new Kms() },
    };
    expect(valueOf(options, 'http.severity')).toBe('(function auditSeverity)');
    expect(valueOf(options, 'signing.signer')).toBe('(Kms)');
    expect(printed(options)).not.toContain(PLANTED);
  });

  it.each(
    withEnvironment<AuditModuleOptions>([
      ['a JWT secret', { actor: { jwt: { secret: PLANTED, algorithms: ['HS256'] } } }],
      ['a JWT secret as bytes', { actor: { jwt: { secret: Buffer.from(PLANTED), algorithms: ['HS256'] } } }],
      ['a JWT secret of the environment', {}, { AUDIT_ACTOR_JWT_SECRET: PLANTED, AUDIT_ACTOR_JWT_ALGORITHMS: 'HS256' }],
      ['a redaction key', { redaction: { hmac: { key: PLANTED.repeat(4), keyId: 'k1' } } }],
      ['a signing key', { signing: { origin: 'a.b/c', key: PLANTED } }],
      [
        'an event signing key',
        { signing: { origin: 'a.b/c', key: PLANTED, events: { algorithm: 'ed25519', key: PLANTED } } },
      ],
      ['a password in a URL', { storage: { type: 'mysql', url: `mysql://u:${PLANTED}@h/d` } }],
      ['a user name in a URL', { storage: { type: 'mysql', url: `mysql://${PLANTED}@h/d` } }],
      [
        'a key file that is the key',
        { signing: { origin: 'a.b/c', keyFile: `PRIVATE+KEY+a.b/c+00000000+${PLANTED}` } },
      ],
      ['a PEM key as a path', { signing: { origin: 'a.b/c', keyFile: `${privateKey}${PLANTED}` } }],
      ['a URL with a password where a path belongs', { storage: { path: `https://u:${PLANTED}@h/d` } }],
    ]),
  )('never shows %s', (_, options, env) => {
    expect(printed(options, env)).not.toContain(PLANTED);
  });

  it.each(
    withEnvironment<unknown>([
      ['in a section that is not one', { actor: { jwt: PLANTED } }],
      ['as the options', PLANTED],
      ['in an unknown option', { actor: { jwt: { secrett: PLANTED, key: { value: PLANTED } } } }],
      ['in an unknown section', { jwt: { secret: PLANTED } }],
      ['in a secret of the wrong type', { actor: { jwt: { secret: [PLANTED], algorithms: ['HS256'] } } }],
      [
        'in a secret that contradicts another',
        { actor: { jwt: { secret: PLANTED, publicKey: PLANTED, algorithms: ['HS256'] } } },
      ],
      ['in a public key that is none', { actor: { jwt: { publicKey: PLANTED, algorithms: ['RS256'] } } }],
      ['in a short redaction key', { redaction: { hmac: { key: PLANTED, keyId: 'k1' } } }],
      ['in a URL of the wrong kind', { storage: { type: 'postgres', url: `mongodb://u:${PLANTED}@h/d` } }],
      ['in a URL that is none', { storage: { type: 'postgres', url: `u:${PLANTED}@h` } }],
      [
        'in a URL of the environment',
        {},
        { AUDIT_STORAGE_URL: `http://u:${PLANTED}@h`, AUDIT_STORAGE_TYPE: 'postgres' },
      ],
      ['in an object where a text belongs', { signing: { origin: { [PLANTED]: PLANTED }, key: PLANTED } }],
      [
        'in a PEM key in the wrong place',
        { signing: { origin: `-----BEGIN PRIVATE KEY-----${PLANTED} x`, signer: {} } },
      ],
      ['in a URL in the wrong place', { durability: `https://u:${PLANTED}@h` }],
      ['in a map', { actorTypeAliases: { a: [PLANTED] } }],
      ['in a list of objects', { delivery: { sinks: [{ name: '', token: PLANTED }] } }],
      ['in a list of sections', { checkpoints: { anchors: [PLANTED] } }],
    ]),
  )('never shows a secret %s in an error', (_, options, env) => {
    let error: unknown;
    try {
      resolveAuditOptions(options as object, env);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidAuditOptionsError);
    const { message, stack, problems } = error as InvalidAuditOptionsError;
    expect(`${message}${stack}${JSON.stringify(problems)}`).not.toContain(PLANTED);
  });
});
