import { AuditOptions } from '../../../lib/config/audit.options.js';
import { resolveAuditOptions } from '../../../lib/config/index.js';
import { OptionBuilder } from '../../../lib/config/option-builder.js';
import { environmentName, isFromEnvironment, OptionEnvironment } from '../../../lib/config/option-environment.js';
import { walkOptions } from '../../../lib/config/option-spec.js';
import { validateOptions } from '../../../lib/config/option-validator.js';

/** Texts of which each option takes at least one; the default is tried last, so that taking effect is visible. */
const CANDIDATES = [
  'no',
  'yes',
  '77',
  '31',
  '70000',
  '123456',
  '/some/where',
  'x-name',
  'k1',
  'GET',
  'a=remove',
  'postgres://h/d',
];
const ALL = [...walkOptions(AuditOptions)];
const READABLE = ALL.filter(isFromEnvironment);

function take(
  path: string,
  text: string,
): { value: unknown; accepted: boolean; sources: readonly string[] | undefined } {
  const builder = new OptionBuilder(new OptionEnvironment({ [environmentName(path)]: text }));
  const root = builder.build(AuditOptions, undefined, '');
  const problems = [...builder.problems, ...validateOptions(root, builder)];
  const value = path.split('.').reduce<unknown>((section, name) => (section as Record<string, unknown>)[name], root);
  return { value, accepted: !problems.some((problem) => problem.path === path), sources: builder.sources.get(path) };
}

describe('options from the environment', () => {
  it('gives every option another variable', () => {
    const names = ALL.map(({ path }) => environmentName(path));
    expect(new Set(names).size).toBe(names.length);
    expect(names).toEqual(
      expect.arrayContaining(['AUDIT_HTTP_EXCLUDE_PATHS', 'AUDIT_ACTOR_JWT_CLOCK_TOLERANCE_SECONDS']),
    );
  });

  it('reads everything but functions, objects and what is in lists of sections', () => {
    const codeOnly = ALL.filter((option) => !isFromEnvironment(option) && option.spec.section === undefined);
    const others = codeOnly.filter(
      ({ path, spec }) => !path.includes('[]') && !/^an? (function|object|list of objects) /.test(spec.allowed),
    );
    expect(others.map(({ path }) => path)).toEqual([]);
    expect(codeOnly.map(({ path }) => path)).toEqual(
      expect.arrayContaining(['onError', 'signing.signer', 'delivery.sinks']),
    );
  });

  it.each(READABLE.map(({ path, spec }) => [environmentName(path), path, spec] as const))(
    '%s sets %s',
    (name, path, spec) => {
      const candidates = [...(spec.choices ?? []).toReversed(), ...CANDIDATES];
      const accepted = candidates.map((text) => take(path, text)).find((result) => result.accepted);
      expect(accepted?.sources).toContain(name);
      expect(accepted?.value).toBeDefined();
    },
  );

  it.each([
    ['true', true],
    ['TRUE', true],
    ['1', true],
    ['yes', true],
    ['false', false],
    ['0', false],
    ['No', false],
  ])('reads the flag %s', (text, value) => {
    expect(take('http.captureResponse', text)).toMatchObject({ value, accepted: true });
  });

  it.each(['on', '2', 'y', 'true false'])('does not read the flag %s', (text) => {
    expect(take('http.captureResponse', text).accepted).toBe(false);
  });

  it.each(['1e3', '0x10', '10_000', '10.0', '5s', 'NaN', '1 000', '99999999999999999999'])(
    'does not read the number %s',
    (text) => {
      expect(take('queue.maxEvents', text).accepted).toBe(false);
    },
  );

  it('reads lists with commas, or as JSON where items hold commas', () => {
    expect(take('http.excludePaths', ' /a , ,/b,').value).toEqual(['/a', '/b']);
    expect(take('http.excludePaths', '["/a/{b,c}"]').value).toEqual(['/a/{b,c}']);
    expect(take('http.excludePaths', '[1]').accepted).toBe(false);
    expect(take('http.excludePaths', '["/a"').accepted).toBe(false);
  });

  it('reads maps as pairs', () => {
    expect({ ...(take('actorTypeAliases', 'a=b, c = d=e').value as object) }).toEqual({ a: 'b', c: 'd=e' });
    expect(take('actorTypeAliases', 'a').accepted).toBe(false);
  });

  it('reads a PEM key that was written on one line', () => {
    expect(take('actor.jwt.publicKey', '-----BEGIN PUBLIC KEY-----\\nabc\\n').value).toBe(
      '-----BEGIN PUBLIC KEY-----\nabc\n'.trimEnd() + '\n',
    );
  });

  it('takes an empty variable for none', () => {
    const { queue, sources } = resolveAuditOptions({}, { AUDIT_QUEUE_MAX_EVENTS: '  ', AUDIT_SIGNING_KEY: '' });
    expect(queue.maxEvents).toBe(10_000);
    expect(sources['queue.maxEvents']).toEqual(['default']);
  });

  it('warns of variables that set nothing, without their values', () => {
    const env = {
      AUDIT_QUEUE_MAX_EVENT: 'sesame',
      AUDIT_HTTP_SEVERITY: 'sesame',
      AUDIT_COMPLETELY_DIFFERENT: 'sesame',
      IMMUTABLELOG_URL: 'https://example.com',
      PATH: '/bin',
    };
    const { warnings } = resolveAuditOptions({}, env);
    expect(warnings).toEqual([
      {
        about: 'AUDIT_QUEUE_MAX_EVENT',
        text: 'AUDIT_QUEUE_MAX_EVENT is ignored: there is no such option. Did you mean AUDIT_QUEUE_MAX_EVENTS?',
      },
      {
        about: 'AUDIT_HTTP_SEVERITY',
        text: 'AUDIT_HTTP_SEVERITY is ignored: http.severity can only be given in code.',
      },
      { about: 'AUDIT_COMPLETELY_DIFFERENT', text: 'AUDIT_COMPLETELY_DIFFERENT is ignored: there is no such option.' },
    ]);
    expect(JSON.stringify(warnings)).not.toContain('sesame');
  });

  it('reads the environment of the process by default', () => {
    process.env['AUDIT_QUEUE_LINGER_MS'] = '3';
    try {
      expect(resolveAuditOptions().queue.lingerMs).toBe(3);
    } finally {
      delete process.env['AUDIT_QUEUE_LINGER_MS'];
    }
  });
});
