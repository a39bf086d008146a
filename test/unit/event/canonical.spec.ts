import { createHash } from 'node:crypto';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { CanonicalizationError, MAX_CANONICAL_DEPTH, canonicalize, quoteString } from '../../../lib/event/canonical.js';
import { leafHash } from '../../../lib/ledger/merkle/tree-hash.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

describe('canonicalize', () => {
  it('writes the reference vector byte for byte', () => {
    const text = canonicalize({
      b: [true, null, -0.0, 1e21, 0.000001],
      é: '\u2028/\u007f\u0007',
      '10': 'ten',
      '9': 'nine',
    });
    expect(Buffer.from(text).toString('hex')).toBe(
      '7b223130223a2274656e222c2239223a226e696e65222c2262223a5b747275652c6e756c6c2c302c31652b32312c302e3030303030315d2c22c3a9223a22e280a82f7f5c7530303037227d',
    );
    expect(sha256(text)).toBe('1f3626dd3b9c2752fab6ab021ffe699bb971d7e6a152f20883badc90e41695d4');
    expect(leafHash(text).toString('hex')).toBe('9cc2f294d0b8d1b4bed54777db53220103ee46dff82dd3bfbd507d2d0375e111');
  });

  it('is what a commitment hashes behind its salt', () => {
    const salt = '01010101010101010101010101010101';
    expect(sha256(salt + canonicalize('alice@example.com'))).toBe(
      'e1831467e6c55c0dd96b5fbe2d0b3baccffdd921c45b273685f112cc1b40b767',
    );
  });

  it('sorts integer-like names as text, although JavaScript enumerates them first', () => {
    const text = canonicalize({ '2': 2, '10': 1, a: 3, '!': 0 });
    expect(text).toBe('{"!":0,"10":1,"2":2,"a":3}');
    expect(sha256(text)).toBe('cd568a35434e2952f3e09cae0773791c3a9f6fab96a38c777813daadc839374b');
  });

  it('sorts names by UTF-16 code units, not by code points, UTF-8 bytes or language', () => {
    const names = ['\n', '\r', '1', '</script>', '\u0080', 'ö', '€', '\u{1F602}', '\uFB33'];
    const shuffled = [8, 3, 0, 6, 2, 7, 5, 1, 4].map((position) => names[position]);
    const text = canonicalize(Object.fromEntries(shuffled.map((name) => [name, 0])));
    expect(text).toBe(`{${names.map((name) => `${JSON.stringify(name)}:0`).join(',')}}`);
  });

  it('sorts long lists of names as short ones', () => {
    const names = Array.from({ length: 60 }, (_, index) => `k${(index * 37) % 60}`);
    const sorted = [...names].sort();
    expect(canonicalize(Object.fromEntries(names.map((name) => [name, 1])))).toBe(
      `{${sorted.map((name) => `"${name}":1`).join(',')}}`,
    );
  });

  it('escapes only what must be escaped, and normalises nothing', () => {
    expect(canonicalize('\b\t\n\f\r\u0000\u001f"\\/\u007f\u2028é')).toBe(
      '"\\b\\t\\n\\f\\r\\u0000\\u001f\\"\\\\/\u007f\u2028é"',
    );
    expect(canonicalize('e\u0301')).toBe('"e\u0301"');
    expect(canonicalize('😀')).toBe('"😀"');
  });

  it('writes empty containers, names that need quoting, and an own member named __proto__', () => {
    expect(canonicalize({ b: {}, a: [], 'q"': 1 })).toBe('{"a":[],"b":{},"q\\"":1}');
    expect(canonicalize(JSON.parse('{"z":1,"__proto__":{"admin":true}}'))).toBe('{"__proto__":{"admin":true},"z":1}');
    expect(canonicalize(Object.assign(Object.create(null), { a: 1 }))).toBe('{"a":1}');
  });

  it('takes plain objects and arrays of another realm', () => {
    expect(canonicalize(runInNewContext('({ b: [1, { c: 2 }], a: null })'))).toBe('{"a":null,"b":[1,{"c":2}]}');
  });

  const cycle: Record<string, unknown> = {};
  cycle.self = { again: cycle };
  const deep = (levels: number): unknown => (levels === 0 ? 1 : [deep(levels - 1)]);

  it.each<[string, unknown, string, string]>([
    ['undefined', undefined, 'unsupported_type', ''],
    ['an undefined member', { a: { b: undefined } }, 'unsupported_type', '/a/b'],
    ['a function', { f: () => 1 }, 'unsupported_type', '/f'],
    ['a toJSON method', { toJSON: () => 1 }, 'unsupported_type', '/toJSON'],
    ['a symbol value', [Symbol('s')], 'unsupported_type', '/0'],
    ['a bigint', { amount: 10n }, 'unsupported_type', '/amount'],
    ['a hole', { list: Object.assign([1], { 2: 3 }) }, 'unsupported_type', '/list/1'],
    ['a lone high surrogate', { a: ['\ud800'] }, 'lone_surrogate', '/a/0'],
    ['a lone low surrogate', { a: '\udc00x' }, 'lone_surrogate', '/a'],
    ['a lone surrogate in a name', { '\ud800': 1 }, 'lone_surrogate', '/\ud800'],
    ['a Date', { at: new Date(0) }, 'not_plain_object', '/at'],
    ['a Map', { m: new Map() }, 'not_plain_object', '/m'],
    ['a Set', [new Set()], 'not_plain_object', '/0'],
    ['an Error', { e: new Error('x') }, 'not_plain_object', '/e'],
    ['a boxed number', Object(1), 'not_plain_object', ''],
    ['a boxed string', Object('x'), 'not_plain_object', ''],
    ['a Buffer', { b: Buffer.from('hi') }, 'not_plain_object', '/b'],
    ['a typed array', { b: new Float64Array(1) }, 'not_plain_object', '/b'],
    ['a class instance', { b: new (class User {})() }, 'not_plain_object', '/b'],
    ['an inherited object', Object.create({ a: 1 }), 'not_plain_object', ''],
    ['a derived array', { l: new (class List extends Array {})() }, 'not_plain_object', '/l'],
    ['a Map of another realm', { m: runInNewContext('new Map()') }, 'not_plain_object', '/m'],
    ['a symbol key', { o: { a: 1, [Symbol('s')]: 2 } }, 'symbol_key', '/o'],
  ])('refuses %s', (_, value, reason, path) => {
    expect(() => canonicalize(value)).toThrow(CanonicalizationError);
    expect(() => canonicalize(value)).toThrow(
      expect.objectContaining({ code: 'AUDIT_CANONICALIZATION', reason, path }),
    );
  });

  it('refuses cycles and too deep nesting with the same typed error', () => {
    expect(() => canonicalize(cycle)).toThrow(expect.objectContaining({ reason: 'too_deep' }));
    expect(() => canonicalize(deep(MAX_CANONICAL_DEPTH + 1))).toThrow(expect.objectContaining({ reason: 'too_deep' }));
    expect(canonicalize(deep(MAX_CANONICAL_DEPTH))).toHaveLength(2 * MAX_CANONICAL_DEPTH + 1);
  });

  it('names the place as a JSON pointer, whatever was written before it', () => {
    expect(() => canonicalize({ a: { x: [1, 2] }, 'b/~c': [{ d: 1n }] })).toThrow(
      expect.objectContaining({ path: '/b~1~0c/0/d' }),
    );
  });

  it('keeps a long hostile name out of its message', () => {
    const name = 'x'.repeat(100_000);
    expect(() => canonicalize({ [name]: undefined })).toThrow(/^.{1,600}$/);
  });

  it('agrees with a sorting JSON.stringify on every JSON value without integer-like names', () => {
    const sorted = (value: unknown): unknown =>
      value === null || typeof value !== 'object'
        ? value
        : Array.isArray(value)
          ? value.map(sorted)
          : Object.fromEntries(
              Object.keys(value)
                .sort()
                .map((name) => [name, sorted((value as Record<string, unknown>)[name])]),
            );
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true, max: 2 ** 52, min: -(2 ** 52) }),
      fc.boolean(),
      fc.constant(null),
    );
    const name = fc.string({ unit: 'binary' }).filter((text) => !/^[0-9]+$/.test(text) && text !== '__proto__');
    const { json } = fc.letrec((tie) => ({
      json: fc.oneof({ depthSize: 'small' }, leaf, fc.array(tie('json')), fc.dictionary(name, tie('json'))),
    }));
    fc.assert(
      fc.property(json, (value) => {
        const text = canonicalize(value);
        expect(text).toBe(JSON.stringify(sorted(value)));
        expect(canonicalize(JSON.parse(text))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  it('never disturbs later calls by earlier hostile names', () => {
    for (let index = 0; index < 10_000; index++) canonicalize({ [`name-${index}"`]: index });
    expect(canonicalize({ 'name-1"': 1, a: 2 })).toBe('{"a":2,"name-1\\"":1}');
  });
});

describe('quoteString', () => {
  it('quotes as canonicalize does', () => {
    for (const text of ['', 'plain', 'q"\\', '\u0001', '😀é\u2028']) expect(quoteString(text)).toBe(canonicalize(text));
  });

  it('refuses lone surrogates', () => {
    expect(() => quoteString('a\udfff')).toThrow(expect.objectContaining({ reason: 'lone_surrogate', path: '' }));
  });
});
