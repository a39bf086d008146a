import { Readable } from 'node:stream';
import { runInNewContext } from 'node:vm';
import { canonicalize } from '../../../lib/event/canonical.js';
import { Redactor } from '../../../lib/redaction/redactor.js';

const redactor = new Redactor();
const sanitize = (value: unknown) => redactor.sanitize(value, 'metadata');
const valueOf = (value: unknown) => sanitize(value).value;

function depthOf(value: unknown): number {
  return typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
}

describe('text that no database stores', () => {
  it.each([
    ['NUL', 'a\0b', 'a\ufffdb'],
    ['a lone high surrogate', 'a\ud800b', 'a\ufffdb'],
    ['a lone low surrogate', '\udc00', '\ufffd'],
    ['both in a key-sized text', '\ud800\0', '\ufffd\ufffd'],
  ])('%s becomes U+FFFD and is flagged', (_, given, expected) => {
    expect(sanitize({ [given]: given })).toEqual({ value: { [expected]: expected }, hits: 0, flags: ['sanitized'] });
    expect(redactor.text(given, 100)).toBe(expected);
  });

  it('leaves whole pairs and other controls alone', () => {
    const given = 'ok 😀 \u0001 \u2028 é';
    expect(sanitize({ given })).toEqual({ value: { given }, hits: 0, flags: [] });
  });
});

describe('shapes that overflow, loop or forge', () => {
  it('cuts 5,000 nested arrays at the depth limit', () => {
    const { value, flags } = sanitize(JSON.parse('['.repeat(5000) + ']'.repeat(5000)));
    expect(flags).toEqual(['truncated']);
    expect(depthOf(value)).toBe(32);
    expect(JSON.stringify(value)).toContain('{"$truncated":"depth"}');
  });

  it('cuts deep objects, maps and sets at the same depth', () => {
    let value: unknown = 'x';
    for (let level = 0; level < 60; level++) {
      value = level % 3 === 0 ? new Map([['a', value]]) : level % 3 === 1 ? new Set([value]) : { a: value };
    }
    expect(depthOf(valueOf(value))).toBeLessThanOrEqual(32);
  });

  it('keeps own __proto__, constructor and toString visible and harmless', () => {
    const value = valueOf(JSON.parse('{"__proto__":{"admin":true},"constructor":1,"toString":"x","hasOwnProperty":2}'));
    expect(JSON.stringify(value)).toBe(
      '{"__proto__":{"admin":true},"constructor":1,"toString":"x","hasOwnProperty":2}',
    );
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it('hides by key in a __proto__ too', () => {
    expect(JSON.stringify(valueOf(JSON.parse('{"__proto__":{"password":"x"}}')))).toBe(
      '{"__proto__":{"password":{"$redacted":"key:password"}}}',
    );
  });

  it('points at the ancestor of a cycle', () => {
    const root: Record<string, unknown> = { list: [{ 'a/b~c': {} }] };
    (root.list as Record<string, unknown>[])[0]['a/b~c'] = { up: root.list, top: root };
    expect(valueOf(root)).toEqual({ list: [{ 'a/b~c': { up: { $ref: '/list' }, top: { $ref: '' } } }] });
  });

  it('points through maps, sets and errors', () => {
    const map = new Map<string, unknown>();
    map.set('self', { again: map });
    const set = new Set<unknown>();
    set.add([set]);
    const error = new Error('x') as Error & { cause: unknown };
    error.cause = { error };
    expect(valueOf({ map, set, error })).toEqual({
      map: { $map: [['self', { again: { $ref: '/map' } }]] },
      set: { $set: [[{ $ref: '/set' }]] },
      error: { $exception: 'Error', message: 'x', cause: { error: { $ref: '/error' } } },
    });
  });

  it('writes shared nodes each time, within the budget', () => {
    const shared = { a: 1 };
    expect(valueOf([shared, shared])).toEqual([{ a: 1 }, { a: 1 }]);
    let bomb: unknown = 'x';
    for (let level = 0; level < 30; level++) bomb = Array.from({ length: 200 }, () => bomb);
    const { value, flags } = sanitize(bomb);
    expect(flags).toEqual(['truncated']);
    expect(JSON.stringify(value).length).toBeLessThan(65_535);
  });

  it('renames keys of clients that look like markers', () => {
    expect(valueOf({ $redacted: 'x', $$ref: 1, $: 2 })).toEqual({ $$redacted: 'x', $$$ref: 1, $$: 2 });
  });

  it('keeps members apart whose keys became one', () => {
    const value = valueOf({ 'a://b@c': 1, 'a://[REDACTED:userinfo]@c': 2, 'a://d@c': 3, 'x\0': 4, 'x\ud800': 5, y: 6 });
    expect(value).toEqual({
      'a://[REDACTED:userinfo]@c': 1,
      'a://[REDACTED:userinfo]@c#2': 2,
      'a://[REDACTED:userinfo]@c#3': 3,
      'x\ufffd': 4,
      'x\ufffd#4': 5,
      y: 6,
    });
  });
});

describe('values that JSON has no form for', () => {
  class Decimal {
    constructor(private readonly digits: string) {}
    toString() {
      return this.digits;
    }
  }
  class Entity {
    id = 7;
    password = 'hunter2';
    #hidden = 'x';
    get computed() {
      return this.#hidden;
    }
    toJSON() {
      throw new Error('must not be called');
    }
  }

  it.each<[string, unknown, unknown]>([
    ['an integer of any size', 2n ** 70n, { $bigint: '1180591620717411303424' }],
    ['a number too large to print', 1n << 100_000n, { $truncated: 'bigint' }],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ b: 1 }, 2],
      ]),
      {
        $map: [
          ['a', 1],
          [{ b: 1 }, 2],
        ],
      },
    ],
    ['hidden entries of a map', new Map([['pin', 1234]]), { $map: [['pin', { $redacted: 'key:pin' }]] }],
    ['a set', new Set([1, 'x']), { $set: [1, 'x'] }],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['an invalid date', new Date(Number.NaN), { $date: 'invalid' }],
    ['NaN', Number.NaN, { $number: 'NaN' }],
    ['infinity', -Infinity, { $number: '-Infinity' }],
    ['minus zero', -0, { $number: '-0' }],
    ['an integer beyond 2^53', 2 ** 53, { $number: '9007199254740992' }],
    ['a large float', 1e300, 1e300],
    ['a symbol', Symbol('password=x'), { $symbol: 'password=[REDACTED:key:password]' }],
    ['a function', function handler() {}, { $function: 'handler' }],
    [
      'a class with a static name',
      class {
        static override = 1;
        static name() {}
      },
      { $function: '' },
    ],
    ['undefined alone', undefined, null],
    ['undefined in an array', [undefined, 1], [null, 1]],
    ['undefined in an object', { a: undefined, b: 1 }, { b: 1 }],
    ['holes', new Array(3), [null, null, null]],
    [
      'boxed values',
      [new String('a'), new Number(1), new Boolean(false), Object(1n)],
      ['a', 1, false, { $bigint: '1' }],
    ],
    ['a decimal', new Decimal('12.50'), '12.50'],
    ['an entity', new Entity(), { id: 7, password: { $redacted: 'key:password' } }],
    ['an expression', /token=abc/g, { $regexp: '/token=[REDACTED:key:token]' }],
    ['a URL', new URL('https://u:p@h/x?token=a'), 'https://[REDACTED:userinfo]@h/x?token=[REDACTED:key:token]'],
    ['query parameters', new URLSearchParams({ pin: '1234' }), 'pin=[REDACTED:key:pin]'],
    ['a promise', Promise.resolve('secret'), { $unsupported: 'Promise' }],
    ['a weak map', new WeakMap(), { $unsupported: 'WeakMap' }],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      'an object of another realm',
      runInNewContext('({a: [1, new Date(0)], m: new Map([[1,2]])})'),
      {
        a: [1, '1970-01-01T00:00:00.000Z'],
        m: { $map: [[1, 2]] },
      },
    ],
  ])('%s', (_, given, expected) => {
    const { value, hits } = sanitize(given);
    expect(value).toEqual(expected);
    expect(hits).toBe(
      JSON.stringify(expected).split('REDACTED').length - 1 + JSON.stringify(expected).split('$redacted').length - 1,
    );
    expect(() => canonicalize(value)).not.toThrow();
  });

  it('tells errors without stack, statement or parameters', () => {
    const error = Object.assign(new TypeError('bad token=abc', { cause: new Error('inner') }), {
      code: 'E1',
      query: 'INSERT …',
      parameters: ['hunter2'],
    });
    expect(valueOf(error)).toEqual({
      $exception: 'TypeError',
      message: 'bad token=[REDACTED:key:token]',
      code: 'E1',
      cause: { $exception: 'Error', message: 'inner' },
    });
  });

  it('gives number and digest of bytes, never the bytes', () => {
    const file = Buffer.alloc(64, 'x');
    const sha256 = '7ce100971f64e7001e8fe5a51973ecdfe1ced42befe7ee8d5fd6219506b5393c';
    expect(valueOf(file)).toEqual({ $bytes: 64, sha256 });
    expect(valueOf(new Uint16Array(file.buffer.slice(file.byteOffset, file.byteOffset + 64)))).toEqual({
      $bytes: 64,
      sha256,
    });
    expect(valueOf(new Uint8Array(64).fill(120).buffer)).toEqual({ $bytes: 64, sha256 });
  });

  it('gives no digest of bytes that could be guessed, unless it is keyed', () => {
    expect(valueOf(Buffer.from('1234'))).toEqual({ $bytes: 4 });
    const keyed = new Redactor({ hmac: { key: 'k'.repeat(16), keyId: 'k1' } });
    expect(keyed.sanitize(Buffer.from('1234'), 'metadata').value).toEqual({
      $bytes: 4,
      hmac: expect.stringMatching(/^[0-9a-f]{64}$/),
      kid: 'k1',
    });
  });

  it('gives no digest of bytes beyond the limit', () => {
    expect(valueOf(new Uint8Array(1_048_577))).toEqual({ $bytes: 1_048_577 });
  });

  it('does not consume streams', async () => {
    const stream = Readable.from(['a', 'b']);
    expect(valueOf({ stream })).toEqual({ stream: { $unsupported: 'Readable' } });
    expect(await stream.toArray()).toEqual(['a', 'b']);
  });

  it('asks own types first', () => {
    class Money {
      constructor(
        readonly amount: number,
        readonly currency: string,
      ) {}
    }
    const own = new Redactor({
      types: [
        {
          name: 'broken',
          matches: () => {
            throw new Error('x');
          },
          text: () => '',
        },
        {
          name: 'money',
          matches: (value) => value instanceof Money,
          text: (value) => `${(value as Money).amount} ${(value as Money).currency}`,
        },
      ],
    });
    expect(own.sanitize({ price: new Money(5, 'EUR') }, 'metadata').value).toEqual({ price: '5 EUR' });
  });
});

describe('objects that fight back', () => {
  const thrower = () => {
    throw new Error('no');
  };

  it('marks a getter that throws and keeps the rest', () => {
    expect(
      sanitize({
        get a() {
          return thrower();
        },
        b: 1,
      }),
    ).toEqual({
      value: { a: { $error: 'unreadable' }, b: 1 },
      hits: 0,
      flags: ['degraded'],
    });
  });

  it('does not read what it hides', () => {
    expect(
      sanitize({
        get password() {
          return thrower();
        },
      }),
    ).toEqual({
      value: { password: { $redacted: 'key:password' } },
      hits: 1,
      flags: [],
    });
  });

  it('calls no accessors of class instances', () => {
    const read: string[] = [];
    class Lazy {
      id = 1;
    }
    const lazy = Object.defineProperty(new Lazy(), 'relation', {
      enumerable: true,
      get: () => read.push('relation'),
    });
    expect(valueOf(lazy)).toEqual({ id: 1 });
    expect(read).toEqual([]);
  });

  it.each<[string, unknown]>([
    ['a proxy that throws', new Proxy({}, { ownKeys: thrower, get: thrower, getPrototypeOf: thrower })],
    [
      'a revoked proxy',
      (() => {
        const { proxy, revoke } = Proxy.revocable({}, {});
        revoke();
        return proxy;
      })(),
    ],
    [
      'a revoked proxy of an array',
      (() => {
        const { proxy, revoke } = Proxy.revocable([], {});
        revoke();
        return proxy;
      })(),
    ],
    [
      'a type whose text throws',
      new (class Decimal {
        toString() {
          return thrower();
        }
      })(),
    ],
    [
      'a type whose text is none',
      new (class Decimal {
        toString() {
          return 5 as unknown as string;
        }
      })(),
    ],
    ['a name that throws', Object.defineProperty(new Error('x'), 'message', { get: thrower })],
    ['bytes that lie', Object.defineProperty(Buffer.from('x'), 'byteLength', { get: thrower })],
    ['a tag that throws', Object.defineProperty(new (class A {})(), Symbol.toStringTag, { get: thrower })],
  ])('marks %s as unreadable', (_, given) => {
    expect(sanitize([given, 'next'])).toEqual({
      value: [{ $error: 'unreadable' }, 'next'],
      hits: 0,
      flags: ['degraded'],
    });
  });

  it('does not believe an array about its length', () => {
    expect(
      valueOf(new Proxy([1, 2], { get: (list, key) => (key === 'length' ? -1 : Reflect.get(list, key)) })),
    ).toEqual([]);
    expect(
      valueOf(new Proxy([1], { get: (list, key) => (key === 'length' ? Number.NaN : Reflect.get(list, key)) })),
    ).toEqual([]);
    const { value } = sanitize(
      new Proxy([1], { get: (list, key) => (key === 'length' ? 2 ** 40 : Reflect.get(list, key)) }),
    );
    expect(value).toHaveLength(200);
  });

  it('never runs toJSON or valueOf of data', () => {
    const called: string[] = [];
    const trap = {
      toJSON: () => called.push('toJSON'),
      valueOf: () => called.push('valueOf'),
      toString: () => called.push('toString'),
    };
    sanitize({ trap });
    expect(called).toEqual([]);
  });

  it('drops a value whose redaction throws', () => {
    const own = new Redactor({
      mode: 'hmac',
      hmac: { key: 'k'.repeat(32), keyId: 'k1', perTenant: thrower },
    });
    const { value, flags } = own.sanitize(
      { token: 'abc', note: 'Bearer abcdefghij', long: 'x'.repeat(9000), ok: 1 },
      'metadata',
    );
    expect(value).toEqual({
      token: { $error: 'redaction' },
      note: { $error: 'redaction' },
      long: { $error: 'redaction' },
      ok: 1,
    });
    expect(flags).toEqual(['truncated', 'degraded']);
    expect(own.text('Bearer abcdefghij', 100)).toBe('[REDACTED:unreadable]');
    expect(own.identifier('Bearer abcdefghij')).toBe('[REDACTED:unreadable]');
  });

  it('does not throw where the stack is about to end', () => {
    const results: unknown[] = [];
    const dive = (): void => {
      try {
        dive();
      } finally {
        // On the way back up there is first too little room for a walk, then enough.
        if (results.length < 2000) results.push(redactor.sanitize({ a: [{ password: 'hunter2' }] }, 'metadata').value);
      }
    };
    expect(dive).toThrow(RangeError);
    expect(JSON.stringify(results)).not.toContain('hunter2');
    expect(results.at(-1)).toEqual({ a: [{ password: { $redacted: 'key:password' } }] });
  });

  it('changes nothing of what it is given', () => {
    const given = { a: [1, { password: 'x' }], d: new Date(5), m: new Map([['k', { token: 1 }]]) };
    const before = structuredClone(given);
    sanitize(Object.freeze(given));
    expect(given).toEqual(before);
  });
});
