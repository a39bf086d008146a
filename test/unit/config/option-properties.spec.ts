import fc from 'fast-check';
import { AuditOptions } from '../../../lib/config/audit.options.js';
import {
  describeEffectiveConfig,
  formatEffectiveConfig,
  InvalidAuditOptionsError,
  resolveAuditOptions,
} from '../../../lib/config/index.js';
import type { Environment, ResolvedAuditOptions } from '../../../lib/config/index.js';
import { environmentName } from '../../../lib/config/option-environment.js';
import { walkOptions } from '../../../lib/config/option-spec.js';

const ALL = [...walkOptions(AuditOptions)];
const NAMES = [...new Set(ALL.map(({ spec }) => spec.name))];
const WORDS = [...new Set(ALL.flatMap(({ spec }) => spec.choices ?? []))];
const VARIABLES = ALL.map(({ path }) => environmentName(path));

/** Made only when they are used: fast-check itself looks at the values that it makes. */
class Late {
  constructor(readonly make: () => unknown) {}
}

function materialize(value: unknown): unknown {
  if (value instanceof Late) return value.make();
  if (Array.isArray(value)) return value.map(materialize);
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, materialize(member)]));
}

const hostile = fc
  .constantFrom<() => unknown>(
    () =>
      new Proxy(
        {},
        {
          ownKeys: () => {
            throw new Error('no');
          },
        },
      ),
    () =>
      new Proxy(
        {},
        {
          get: () => {
            throw new Error('no');
          },
          ownKeys: () => ['http'],
          getOwnPropertyDescriptor: () => ({ configurable: true, enumerable: true }),
        },
      ),
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
    () => {
      const { proxy, revoke } = Proxy.revocable([], {});
      revoke();
      return proxy;
    },
    () => {
      const cycle: Record<string, unknown> = {};
      return Object.assign(cycle, { http: cycle, queue: cycle, maxEvents: cycle });
    },
    () => new Map(),
    () => new Date(Number.NaN),
    () => Symbol('s'),
    () => 10n,
    () => (): void => undefined,
    () => Object.create(null),
    () => JSON.parse('{"__proto__":{"http":1}}'),
    () =>
      new (class Http {
        methods = ['GET'];
      })(),
    () => {
      const list: unknown[] = [];
      list.length = 2 ** 32 - 1;
      return list;
    },
  )
  .map((make) => new Late(make));
const scalar = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom(null, undefined, ''),
  fc.webUrl(),
  hostile,
);
const { options } = fc.letrec<{ options: unknown; value: unknown }>((tie) => ({
  options: fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, fc.string()), tie('value'), {
    maxKeys: 6,
  }),
  value: fc.oneof({ maxDepth: 5 }, scalar, fc.array(tie('value'), { maxLength: 4 }), tie('options')),
}));
const environment = fc.dictionary(
  fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...VARIABLES) },
    fc.string().map((name) => `AUDIT_${name}`),
  ),
  fc.oneof(fc.constantFrom(...WORDS, 'yes', '7', 'a=b', '[]', '["x"]'), fc.integer().map(String), fc.string()),
  { maxKeys: 6 },
);

function attempt(given: unknown, env: Environment): ResolvedAuditOptions | InvalidAuditOptionsError {
  try {
    return resolveAuditOptions(materialize(given) as object, env);
  } catch (error) {
    if (error instanceof InvalidAuditOptionsError) return error;
    throw error;
  }
}

describe('any options at all', () => {
  it('either resolve, frozen and printable, or are refused with reasons', () => {
    let resolved = 0;
    let refused = 0;
    fc.assert(
      fc.property(options, environment, (given, env) => {
        const result = attempt(given, env);
        if (result instanceof InvalidAuditOptionsError) {
          refused += 1;
          expect(result.problems.length).toBeGreaterThan(0);
          for (const problem of result.problems) expect(problem.given && problem.allowed).toBeTruthy();
        } else {
          resolved += 1;
          expect(Object.isFrozen(result)).toBe(true);
          expect(formatEffectiveConfig(describeEffectiveConfig(result)).split('\n').length).toBeGreaterThan(50);
        }
      }),
      { numRuns: 300 },
    );
    // Few of them resolve; that none of so many does would be a broken generator.
    expect(Math.min(resolved, refused)).toBeGreaterThan(0);
  });

  it('as a whole may be anything', () => {
    fc.assert(
      fc.property(fc.oneof(scalar, fc.anything()), (given) => void attempt(given, {})),
      { numRuns: 150 },
    );
  });

  it('are the same whether they come at once or have been resolved before', () => {
    const valid = fc.record(
      {
        durability: fc.constantFrom('async', 'block', 'strict'),
        http: fc.record(
          { methods: fc.array(fc.constantFrom('GET', 'HEAD', 'POST')), maxBodyBytes: fc.nat() },
          { requiredKeys: [] },
        ),
        queue: fc.record({ lingerMs: fc.nat({ max: 1_000 }) }, { requiredKeys: [] }),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(valid, (given) => {
        const before = JSON.stringify(given);
        const once = attempt(given, {});
        if (once instanceof InvalidAuditOptionsError) return;
        expect(JSON.stringify(given)).toBe(before);
        const { warnings: _, sources: __, ...settled } = once;
        const again = resolveAuditOptions({ ...settled, http: { ...once.http } } as object, {});
        expect(JSON.stringify({ ...again, sources: null })).toBe(JSON.stringify({ ...once, sources: null }));
      }),
      { numRuns: 60 },
    );
  });
});
