import fc from 'fast-check';
import { canonicalize } from '../../../lib/event/canonical.js';
import { LONG_KEYS, SHORT_KEYS } from '../../../lib/redaction/keys/default-keys.js';
import { Redactor } from '../../../lib/redaction/redactor.js';
import { isWellFormed } from '../../../lib/redaction/text/well-formed.js';
import type { RedactionOptions } from '../../../lib/redaction/redaction-options.interface.js';

const MAX_BYTES = 65_535;
const REDACTORS: Record<string, RedactionOptions> = {
  default: {},
  partial: { mode: 'partial', patterns: { enable: ['email', 'iban', 'us-ssn'] } },
  hmac: { mode: 'hmac', hmac: { key: 'sixteen bytes or more', keyId: 'k1' } },
  remove: { mode: 'remove', paths: [{ path: '**.a' }, { path: 'metadata.*.*' }] },
  paths: { paths: [{ path: '**.a' }, { path: 'request.body.note' }, { path: '*.zip.*' }, { path: '**.0' }] },
  tight: { limits: { depth: 4, keys: 5, array: 4, string: 20, bytes: 4096, nodes: 12 } },
};

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
}

function withoutNul(value: unknown): unknown {
  if (typeof value === 'string') return value.replaceAll('\0', '');
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key.replaceAll('\0', ''), one as unknown]));
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom('password=x', '\ud800', 'a\0', '\u202e'),
);
/** Everything that JavaScript has, cycles aside. */
const weird = fc.anything({
  key: anyText,
  values: [
    anyText,
    fc.double(),
    fc.maxSafeInteger(),
    fc.boolean(),
    fc.bigInt(),
    fc.date({ noInvalidDate: false }),
    fc.constant(undefined),
    fc.constant(null),
  ],
  withBigInt: true,
  withBoxedValues: true,
  withDate: true,
  withMap: true,
  withNullPrototype: true,
  withObjectString: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
  withUnicodeString: true,
} as fc.ObjectConstraints);

/** What clients send: JSON, some of it with something to hide, to repair or to cut. */
const body = fc.anything({
  key: fc.constantFrom(
    'id',
    'note',
    'a',
    'zip',
    'password',
    'cardNumber',
    '__proto__',
    '$ref',
    'toString',
    '0',
    'é',
    '\ud800',
  ),
  values: [
    anyText,
    fc.constantFrom(
      '2026-11-21',
      'Zürich 😀',
      'say "hi"\n',
      'card 4111-1111-1111-1111',
      'x'.repeat(9000),
      'a@example.com',
    ),
    fc.uuid(),
    fc.integer(),
    fc.double(),
    fc.constantFrom(0, -0, 1e21, 2 ** 53, 4111111111111111, 5e-324),
    fc.boolean(),
    fc.constantFrom(null, undefined),
  ],
  maxKeys: 30,
  withNullPrototype: true,
  withSparseArray: true,
});

describe.each(Object.entries(REDACTORS))('any value (%s)', (_, options) => {
  const redactor = new Redactor(options);

  it('becomes plain JSON that can be canonicalised and stored, the same each time, and stays as it was', () => {
    fc.assert(
      fc.property(weird, (given) => {
        const before = fc.stringify(given);
        const first = redactor.sanitize(given, 'metadata');
        expect(fc.stringify(given)).toBe(before);
        const text = canonicalize(first.value);
        expect(isWellFormed(text)).toBe(true);
        expect(JSON.stringify(first.value)).toBe(JSON.stringify(first.value, (_key, one: unknown) => withoutNul(one)));
        expect(Buffer.byteLength(text)).toBeLessThanOrEqual(options.limits?.bytes ?? MAX_BYTES);
        expect(depthOf(first.value)).toBeLessThanOrEqual(options.limits?.depth ?? 32);
        expect(canonicalize(redactor.sanitize(given, 'metadata').value)).toBe(text);
        expect(canonicalize(new Redactor(options).sanitize(given, 'metadata').value)).toBe(text);
        expect(first.flags).not.toContain('degraded');
      }),
      { numRuns: 600 },
    );
  });

  it('becomes the same JSON whether it is written in one pass or in two', () => {
    fc.assert(
      fc.property(
        fc.oneof(weird, body),
        fc.constantFrom('metadata', 'request.body', 'request.cookies'),
        (given, root) => {
          const { value, hits, flags } = redactor.sanitize(given, root);
          expect(redactor.sanitizeToJson(given, root)).toEqual({ json: canonicalize(value), hits, flags });
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('is as a member what it is in its object', () => {
    const name = fc.constantFrom('headers', 'note', 'a', 'zip', 'password', '$ref', 'toString', '0', 'token=abcdef');
    fc.assert(
      fc.property(
        fc.oneof(weird, body),
        name,
        fc.constantFrom('metadata', 'request', 'client'),
        (given, member, root) => {
          const { value, hits, flags } = redactor.sanitize({ [member]: given }, root);
          const written = Object.getOwnPropertyDescriptor(Object(value), member)?.value as unknown;
          const json = canonicalize(written ?? null);
          expect(redactor.memberToJson(member, given, root)).toEqual({ json, hits, flags });
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('in text or identifier is storable and short', () => {
    fc.assert(
      fc.property(anyText, fc.integer({ min: 0, max: 300 }), (given, most) => {
        const text = redactor.text(given, most);
        const identifier = redactor.identifier(given, most);
        for (const one of [text, identifier]) {
          expect(one.length).toBeLessThanOrEqual(most);
          expect(isWellFormed(one)).toBe(true);
          expect(one).not.toContain('\0');
        }
        expect(identifier).not.toMatch(/[\p{Cc}\p{Cf}\u2028\u2029]/u);
      }),
    );
  });
});

describe('JSON values without secrets', () => {
  const words = fc.array(
    fc.constantFrom('due', 'Order', 'is', 'late', 'Zürich', '東京', '😀', '12', '3.50', '(ok)', 'a/b', '#7'),
  );
  const innocent = fc.anything({
    key: fc.constantFrom(
      'id',
      'amount',
      'className',
      'shippingCompany',
      'total_tokens_used',
      'x-y',
      '0',
      '',
      'constructor',
    ),
    values: [
      words.map((list) => list.join(' ')),
      fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Number.isInteger(number)),
      fc.integer().filter((number) => number !== 0),
      fc.boolean(),
      fc.constant(null),
    ],
    maxDepth: 6,
  });

  it('come out as they went in', () => {
    const redactor = new Redactor();
    fc.assert(
      fc.property(innocent, (value) => {
        expect(redactor.sanitize(value, 'metadata')).toEqual({ value, hits: 0, flags: [] });
      }),
      { numRuns: 500 },
    );
  });
});

describe('planted secrets', () => {
  const SECRET = 'zQ7planted';
  const decorations: ((key: string) => string)[] = [
    (key) => key,
    (key) => key.toUpperCase(),
    (key) => `user_${key}`,
    (key) => `${key}-2`,
    (key) => `x.${key}`,
    (key) => `my${key[0].toUpperCase()}${key.slice(1)}`,
    (key) => `body[${key}]`,
    (key) => [...key].join('\u200b'),
    (key) => `%${key.charCodeAt(0).toString(16)}${key.slice(1)}`,
  ];
  const hiddenKey = fc
    .tuple(fc.constantFrom(...LONG_KEYS, ...SHORT_KEYS), fc.constantFrom(...decorations))
    .map(([key, decorate]) => decorate(key));
  const secretValue = fc.oneof(
    fc.constant<unknown>(SECRET),
    fc.constant<unknown>([SECRET, { a: SECRET }]),
    fc.constant<unknown>({ deep: { value: SECRET } }),
    fc.constant<unknown>(new Map([['a', SECRET]])),
    fc.constant<unknown>(Buffer.from(SECRET)),
  );
  type Wrap = (value: unknown) => unknown;
  const wrap = fc.constantFrom<Wrap>(
    (value) => ({ a: value, b: 1 }),
    (value) => ['x', value],
    (value) => new Map([['m', value]]),
    (value) => new Set([value]),
    (value) => Object.assign(new (class Dto {})(), { dto: value }),
    (value) => Object.assign(Object.create(null) as object, { n: value }),
    (value) => JSON.parse('{"__proto__":null}', (key, one: unknown) => (key === '__proto__' ? value : one)),
    (value) => new Error('outer', { cause: value }),
  );

  it.each(Object.entries(REDACTORS))('under a hidden key at any depth appear nowhere (%s)', (_, options) => {
    const redactor = new Redactor(options);
    fc.assert(
      fc.property(
        hiddenKey,
        secretValue,
        fc.array(wrap, { maxLength: 40 }),
        fc.boolean(),
        (key, secret, wraps, asMap) => {
          const holder: unknown = asMap ? new Map([[key, secret]]) : { [key]: secret };
          const given = wraps.reduce((value, one) => one(value), holder);
          expect(JSON.stringify(redactor.sanitize(given, 'metadata'))).not.toContain(SECRET);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('known by their shape appear nowhere, in keys, values, texts and identifiers', () => {
    const redactor = new Redactor();
    const card = '4111111111111111';
    const secret = fc.constantFrom(
      card,
      '5555-5555-5555-4444',
      'sk_live_zQ7planted1234',
      'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ6UTcifQ.',
      'https://user:zQ7planted@host/',
      'Bearer zQ7planted',
      '-----BEGIN PRIVATE KEY-----zQ7planted',
    );
    const around = fc.constantFrom(
      '',
      ' ',
      '(',
      'é',
      '😀',
      '\n',
      '"',
      '\0',
      '\ud800',
      ';',
      'x '.repeat(20),
      'y '.repeat(6000),
    );
    fc.assert(
      fc.property(secret, around, around, fc.array(wrap, { maxLength: 20 }), (planted, before, after, wraps) => {
        const text = `${before}${planted}${after}`;
        const outputs = [
          JSON.stringify(
            redactor.sanitize(
              wraps.reduce<unknown>((value, one) => one(value), [text, { [text]: 1 }]),
              'metadata',
            ),
          ),
          redactor.text(text, 512),
          redactor.identifier(text),
        ];
        for (const output of outputs) {
          expect(output).not.toContain('zQ7planted');
          expect(output).not.toContain('eyJzdWI');
          expect(output).not.toContain(card);
          expect(output).not.toContain('5555-5555');
        }
      }),
      { numRuns: 500 },
    );
  });
});
